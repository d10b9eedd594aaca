import { expect } from 'chai';
import { createClusterConnection, type ClusterConnection } from '../../../src/kafka/cluster-connection.ts';
import { createPartitionReader, type PartitionReader } from '../../../src/kafka/partition-reader.ts';
import { createTopicHistory } from '../../../src/kafka/topic-history.ts';
import type { HistoryRange, HistoryStep } from '../../../src/replay/history.ts';
import { createRawProducer, type RawProducer } from '../../support/raw-producers.ts';
import { createTestTopics, type TestTopics } from '../../support/topics.ts';

const LONGER_THAN_ANYBODY_WAITS_MS = 120_000;

describe('A history read from the topics', function () {
  this.timeout(60_000);
  let topics: TestTopics;
  let connection: ClusterConnection;
  let reader: PartitionReader;
  let processor: RawProducer;
  let other: RawProducer;

  beforeEach(async () => {
    topics = await createTestTopics();
    connection = createClusterConnection(topics.client);
    reader = createPartitionReader(topics.client, connection);
    processor = await createRawProducer(topics, 'processor');
    other = await createRawProducer(topics, 'other', LONGER_THAN_ANYBODY_WAITS_MS);
  });
  afterEach(async () => {
    await Promise.all([processor.close(), other.close(), connection.close()]);
    await topics.remove();
  });

  /** Publishes a command, and emits what it leads to, as a processor does. */
  const decide = async (offset: number): Promise<void> => {
    const { names } = topics;
    await processor.write(names.requested, `command ${String(offset)}`);
    await processor.commit();
    // The marker that commits it takes an offset too.
    const source = `${names.requested}/0/${String(2 * offset)}`;
    await processor.write(names.closed, `event ${String(offset)}`, { headers: [['source-offset', source]] });
    await processor.commit();
  };

  const whole = (commands: number): readonly HistoryRange[] => [
    { partition: 0, from: 0, to: 2 * commands, complete: true },
  ];

  const read = async (
    ranges: readonly HistoryRange[],
    onBounds: () => Promise<void> = () => Promise.resolve(),
  ): Promise<readonly string[]> => {
    const watched: PartitionReader = {
      ...reader,
      bounds: async (partitions) => {
        const bounds = await reader.bounds(partitions);
        await onBounds();
        return bounds;
      },
    };
    const { names } = topics;
    const history = createTopicHistory({ connection, reader: watched, names, ranges, events: 'with-events' });
    const steps: HistoryStep[] = [];
    for await (const portion of history.steps()) steps.push(...portion);
    return steps.map((step) =>
      step.kind === 'stray'
        ? `stray ${String(step.emitted.record.value)}`
        : [step.record, ...step.emitted.map(({ record }) => record)]
            .map(({ value }) => String(value))
            .join(' → '),
    );
  };

  it('holds what was emitted behind a transaction of others that was open when it began', async () => {
    await decide(0);
    await other.write(topics.names.closed, 'never committed');
    await decide(1);
    let isOpen = true;
    const end = async (): Promise<void> => {
      if (isOpen) await other.abort();
      isOpen = false;
    };
    expect(await read(whole(2), end)).to.deep.equal(['command 0 → event 0', 'command 1 → event 1']);
  });

  it('does not wait for what was opened behind all that it needs', async () => {
    await decide(0);
    const begin = (): Promise<void> => other.write(topics.names.closed, 'from now on for ever');
    expect(await read(whole(1), begin)).to.deep.equal(['command 0 → event 0']);
    await other.abort();
  });

  it('ends with an error that can be understood where such a transaction stays open', async () => {
    await other.write(topics.names.closed, 'hangs');
    await decide(0);
    const failure: unknown = await read(whole(1)).catch((thrown: unknown) => thrown);
    expect(failure).to.include({ kind: 'transient', code: 'KAFKA_READ_STALLED' });
    expect((failure as Error).message).to.include(`${topics.names.closed}/0 from 0 to `);
    expect((failure as Error).message).to.include('run this again when it has ended');
    await other.abort();
  });

  it('knows the events of commands that came behind its end', async () => {
    await decide(0);
    const ranges = whole(1);
    await decide(1);
    expect(await read(ranges)).to.deep.equal(['command 0 → event 0']);
  });
});
