import { topicNames } from '../../kafka/topic-names.ts';
import { outputTopicsOf } from '../../kafka/topic-history.ts';
import { createClusterConnection } from '../../kafka/cluster-connection.ts';
import { fetchClusterId } from '../../kafka/cluster-id.ts';
import { readLedgerSnapshot } from '../../postgres/replay/ledger-snapshot.ts';
import type { Cli } from '../frame/cli.ts';
import { count } from '../text/count.ts';
import { openDatabase, openKafka } from '../frame/servers.ts';
import { writeSnapshotFile } from './snapshots.ts';
import { refuseToReplace } from './target-file.ts';

export const replaySnapshot = (cli: Cli): void => {
  cli
    .command(
      'snapshot <file>',
      'Write down all ledgers as they are now, to begin or to end a verification with',
      ['runclose replay snapshot ledgers.avro', 'runclose replay verify --prove ledgers.avro'],
    )
    .action(
      cli.perform(async (context, path: string) => {
        await refuseToReplace(path);
        const config = context.settings('kafka', 'database');
        const names = topicNames(config.topics.prefix);
        const pool = await openDatabase(context, config);
        const connection = createClusterConnection(await openKafka(context, config));
        context.onClose(() => connection.close());
        const clusterId = await connection.run('asking for the cluster id', fetchClusterId);

        const snapshot = await readLedgerSnapshot(pool, { clusterId, topic: names.requested });
        const { groupId } = config.kafka;
        const of = { topic: names.requested, outputTopics: outputTopicsOf(names), groupId, clusterId };
        await writeSnapshotFile(context, path, of, snapshot);

        const { positions, ledgers } = snapshot;
        const { output } = context;
        const facts = { file: path, channels: ledgers.length, positions: Object.fromEntries(positions) };
        if (output.json) await output.record(facts);
        else await output.line(`${path}: the ledgers of ${count(ledgers.length, 'channel')}`);
        output.note(`It is worth what its proof is: runclose replay verify --prove ${path}`);
      }),
    );
};
