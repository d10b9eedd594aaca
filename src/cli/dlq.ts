import { dlqList } from './dlq/list.ts';
import { dlqShow } from './dlq/show.ts';
import type { Cli } from './frame/cli.ts';

export const dlq = (cli: Cli): void => {
  const group = cli.group('dlq', 'Look at dead letters: records that nobody could read', [
    'runclose dlq list',
    'runclose dlq show 3@88',
  ]);
  dlqList(group);
  dlqShow(group);
};
