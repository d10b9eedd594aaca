import { setImmediate } from 'node:timers/promises';
import { expect } from 'chai';
import type { EachBatchPayload } from 'kafkajs';
import {
  createPartitionLanes,
  type Gap,
  type LaneResult,
} from '../../../../src/kafka/consume/partition-lanes.ts';
import type { PartitionOffset } from '../../../../src/kafka/topics/partition-offsets.ts';
import { Failure } from '../../../../src/processor/failure.ts';
import { until } from '../../../support/condition.ts';

const TOPIC = 't';

describe('The lanes of partitions', () => {
  let paused: Set<number>;
  let sought: [partition: number, offset: number][];
  let committed: PartitionOffset[][];
  let commitFailures: Error[];
  let resolved: string[];
  let delivered: number[];
  let gaps: Gap[];
  let waits: [attempt: number, offset: number | null][];
  let result: (offsets: readonly number[]) => Promise<LaneResult> | LaneResult;
  let reached: number;
  let offset: number;
  let stopping: boolean;
  let readied: number;
  /** Ends a wait before a retry. */
  let retryNow: () => void;

  beforeEach(() => {
    readied = 0;
    paused = new Set();
    sought = [];
    committed = [];
    commitFailures = [];
    resolved = [];
    delivered = [];
    gaps = [];
    waits = [];
    result = () => ({ kind: 'done' });
    reached = 5;
    offset = 5;
    stopping = false;
    retryNow = () => undefined;
  });

  const createLanes = () =>
    createPartitionLanes({
      controls: new Map([
        [
          TOPIC,
          {
            seek: (partition, to) => void sought.push([partition, to]),
            pause: (partition) => void paused.add(partition),
            resume: (partition) => void paused.delete(partition),
            pauseAll: () => undefined,
          },
        ],
      ]),
      handler: {
        deliver: async (records, { isCurrent, resolve }) => {
          const given = await result(records.map((record) => record.offset));
          for (const record of records) {
            if (given.kind === 'failed' && given.offset === record.offset) break;
            if (!isCurrent()) return { kind: 'left' };
            delivered.push(record.offset);
            resolve(record.offset);
          }
          return given;
        },
        gap: async (gap) => void gaps.push(gap),
        waits: (_, attempt, at) => void waits.push([attempt, at.offset]),
      },
      starts: { findOrCommit: async (at) => ({ ...at, reached, offset }) },
      commit: async (offsets) => {
        const failure = commitFailures.shift();
        if (failure !== undefined) throw failure;
        committed.push([...offsets]);
      },
      pacer: { beforeRetry: () => new Promise((resolve) => (retryNow = resolve)) },
      isStopping: () => stopping,
    });

  const batchOf = (offsets: readonly number[], fetchedOffset: number, lastOffset: number): EachBatchPayload =>
    ({
      batch: {
        topic: TOPIC,
        partition: 0,
        fetchedOffset: String(fetchedOffset),
        lastOffset: () => String(lastOffset),
        messages: offsets.map((each) => ({ offset: String(each), timestamp: '0', key: null, value: null })),
      },
      resolveOffset: (finished: string) => resolved.push(finished),
    }) as never;

  const joined = async () => {
    const lanes = createLanes();
    lanes.joined([{ topic: TOPIC, partition: 0 }], () => (readied += 1));
    expect([...paused]).to.deep.equal([0]);
    expect(readied).to.equal(0);
    await until('it is read', () => paused.size === 0);
    expect(readied).to.equal(1);
    return lanes;
  };

  const failsAt = (at: number) => (): LaneResult => ({
    kind: 'failed',
    failure: new Failure('transient', 'HANDLER_FAILED', 'no'),
    offset: at,
  });

  it("start at the group's offset, and commit handled records", async () => {
    const lanes = await joined();
    expect(sought).to.deep.equal([[0, 5]]);
    await lanes.eachBatch(batchOf([5, 6], 5, 7));
    expect(delivered).to.deep.equal([5, 6]);
    expect(resolved).to.deep.equal(['5', '6', '7']);
    await lanes.commitProgress();
    expect(committed).to.deep.equal([[{ topic: TOPIC, partition: 0, offset: 8 }]]);
    await lanes.commitProgress();
    expect(committed).to.have.lengthOf(1);
  });

  it('report a gap at once, and continue after it', async () => {
    offset = 9;
    const lanes = await joined();
    expect(gaps).to.deep.equal([{ topic: TOPIC, partition: 0, reached: 5, continuesAt: 9 }]);
    await lanes.eachBatch(batchOf([9], 9, 9));
    await lanes.eachBatch(batchOf([20], 20, 20));
    expect(gaps.map(({ reached: from, continuesAt }) => [from, continuesAt])).to.deep.equal([
      [5, 9],
      [10, 20],
    ]);
    expect(delivered).to.deep.equal([9, 20]);
  });

  it('pause a partition whose record failed, and try it again, counting', async () => {
    const lanes = await joined();
    result = failsAt(6);
    await lanes.eachBatch(batchOf([5, 6, 7], 5, 7));
    expect(delivered).to.deep.equal([5]);
    expect([...paused]).to.deep.equal([0]);
    retryNow();
    await until('it is fetched again', () => paused.size === 0);
    await lanes.eachBatch(batchOf([6, 7], 6, 7));
    retryNow();
    await until('it is fetched again', () => paused.size === 0);
    result = () => ({ kind: 'done' });
    await lanes.eachBatch(batchOf([6, 7], 6, 7));
    expect(delivered).to.deep.equal([5, 6, 7]);
    expect(waits).to.deep.equal([
      [1, 6],
      [2, 6],
    ]);
    result = failsAt(8);
    await lanes.eachBatch(batchOf([8], 8, 8));
    expect(waits.at(-1)).to.deep.equal([1, 8]);
    expect(gaps).to.be.empty;
  });

  it('continue in the background if they take long, with the partition paused', async () => {
    const lanes = await joined();
    let release: (laneResult: LaneResult) => void = () => undefined;
    result = () => new Promise((resolve) => (release = resolve));
    await lanes.eachBatch(batchOf([5], 5, 5));
    expect([...paused]).to.deep.equal([0]);
    // What was fetched before the pause.
    await lanes.eachBatch(batchOf([5], 5, 5));
    release({ kind: 'done' });
    await lanes.idle();
    await until('it is fetched again', () => paused.size === 0);
    expect(delivered).to.deep.equal([5]);
  });

  it('finish before the group is joined again, begin nothing more, and commit', async () => {
    const lanes = await joined();
    let release: (laneResult: LaneResult) => void = () => undefined;
    result = () => new Promise((resolve) => (release = resolve));
    const handled = lanes.eachBatch(batchOf([5, 6], 5, 6));
    await setImmediate();
    const finished = lanes.finish(() => Promise.resolve());
    release({ kind: 'done' });
    await handled;
    await finished;
    expect(delivered).to.be.empty;
    await lanes.eachBatch(batchOf([5, 6], 5, 6));
    expect(delivered).to.be.empty;
    expect(committed).to.be.empty;
  });

  it('have no effect any more after the group was joined again', async () => {
    const lanes = await joined();
    let release: (laneResult: LaneResult) => void = () => undefined;
    result = () => new Promise((resolve) => (release = resolve));
    const handled = lanes.eachBatch(batchOf([5], 5, 5));
    await setImmediate();
    lanes.joined([{ topic: TOPIC, partition: 0 }], () => (readied += 1));
    await setImmediate();
    // The new lane waits for the old handler: two of one partition never run side by side.
    expect(sought).to.have.lengthOf(1);
    release({ kind: 'done' });
    await handled;
    await until('it is read', () => paused.size === 0);
    expect(sought).to.have.lengthOf(2);
    expect(resolved).to.be.empty;
    await lanes.commitProgress();
    expect(committed).to.be.empty;
  });

  it('commit with the next records what could not be committed', async () => {
    const lanes = await joined();
    await lanes.eachBatch(batchOf([5], 5, 5));
    commitFailures = [new Error('no coordinator')];
    await lanes.commitProgress();
    await lanes.commitProgress();
    expect(committed).to.deep.equal([[{ topic: TOPIC, partition: 0, offset: 6 }]]);
  });
});
