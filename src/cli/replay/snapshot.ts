import { count } from '../../domain/words/count.ts';
import { takeSnapshot } from '../../operations/snapshot/take-snapshot.ts';
import type { Cli } from '../frame/cli.ts';
import type { LineOf } from '../json/lines.ts';

export const replaySnapshot = (cli: Cli): void => {
  cli
    .command(
      'snapshot <file>',
      'Write all ledgers as they are now into a file, for a verification to start or end with',
      ['runclose replay snapshot ledgers.avro', 'runclose replay verify --prove ledgers.avro'],
    )
    .action(
      cli.perform(async (context, path: string) => {
        const { topic, positions, ledgers } = await takeSnapshot(context, path);
        const { output } = context;
        await output.print({
          json: () =>
            ({
              file: path,
              channels: ledgers.length,
              // The ledgers contain everything below these offsets.
              positions: [...positions].map(([partition, offset]) => ({ topic, partition, offset })),
            }) satisfies LineOf<'replay snapshot'>,
          text: () => `${path}: the ledgers of ${count(ledgers.length, 'channel')}`,
        });
        output.note(`To prove that the snapshot is right: runclose replay verify --prove ${path}`);
      }),
    );
};
