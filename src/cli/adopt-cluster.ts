import { createClusterConnection } from '../kafka/cluster-connection.ts';
import { fetchClusterId } from '../kafka/cluster-id.ts';
import { topicNames } from '../kafka/topic-names.ts';
import { adoptCluster as adopt, otherClusters } from '../postgres/lease/clusters.ts';
import type { Cli } from './frame/cli.ts';
import { openDatabase, openKafka } from '../operations/servers/servers.ts';
import type { LineOf } from './json/lines.ts';

export const adoptCluster = (cli: Cli): void => {
  cli
    .command('adopt-cluster', 'Continue on this Kafka cluster instead of the previous one', [
      'runclose adopt-cluster',
      'runclose adopt-cluster --yes',
    ])
    .option('--yes', 'do it; without, only show what would be done')
    .action(
      cli.perform(async (context, { yes = false }: { readonly yes?: boolean }) => {
        const { output } = context;
        const config = context.settings('kafka', 'database');
        const topic = topicNames(config.topics.prefix).requested;
        const pool = await openDatabase(context, config);
        const connection = createClusterConnection(await openKafka(context, config));
        context.onClose(() => connection.close());
        const clusterId = await connection.run('asking for the cluster id', fetchClusterId);

        const scope = { clusterId, topic };
        const retired = yes ? await adopt(pool, scope) : await otherClusters(pool, scope);
        if (output.json) {
          await output.record({ clusterId, topic, retired, done: yes } satisfies LineOf<'adopt-cluster'>);
          return;
        }
        for (const other of retired) await output.line(`${other} ${yes ? 'was' : 'would be'} retired`);
        output.note(`This cluster is ${clusterId}.`);
        if (retired.length === 0) output.note(`No other cluster holds leases on ${topic}.`);
        else if (!yes)
          output.note('Stop every processor of the others first. Then: runclose adopt-cluster --yes');
      }),
    );
};
