import { dlqList } from './dlq/list.ts';
import { dlqRedrive } from './dlq/redrive.ts';
import { dlqShow } from './dlq/show.ts';
import type { Cli } from './frame/cli.ts';

export const dlq = (cli: Cli): void => {
  const group = cli.group(
    'dlq',
    'Show dead letters (records that could not be decoded), and send them again',
    ['runclose dlq list', 'runclose dlq redrive --yes'],
  );
  dlqList(group);
  dlqShow(group);
  dlqRedrive(group);
};
