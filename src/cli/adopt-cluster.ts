import { adoptCluster as adopt } from '../operations/recover/adopt-cluster.ts';
import type { Cli } from './frame/cli.ts';
import type { LineOf } from './json/lines.ts';

export const adoptCluster = (cli: Cli): void => {
  cli
    .command('adopt-cluster', 'Continue on this Kafka cluster instead of the previous one', [
      'runclose adopt-cluster',
      'runclose adopt-cluster --yes',
    ])
    .option('--yes', 'adopt it (default: only show what would be done)')
    .action(
      cli.perform(async (context, { yes = false }: { readonly yes?: boolean }) => {
        const { output } = context;
        const { clusterId, topic, retired } = await adopt(context, yes ? 'write' : 'dry');
        if (output.json) {
          await output.record({ clusterId, topic, retired, done: yes } satisfies LineOf<'adopt-cluster'>);
          return;
        }
        for (const other of retired) await output.line(`${other} ${yes ? 'was' : 'would be'} retired`);
        output.note(`This cluster is ${clusterId}.`);
        if (retired.length === 0) output.note(`No other cluster holds leases on ${topic}.`);
        else if (!yes)
          output.note('First stop every processor on the other clusters. Then: runclose adopt-cluster --yes');
      }),
    );
};
