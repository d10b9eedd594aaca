import { expect } from 'chai';
import sinon from 'sinon';
import { createBatchesInFlight } from '../../../../src/operations/serve/batches-in-flight.ts';
import { createLook } from '../../../../src/operations/serve/look.ts';
import { createServerWatch } from '../../../../src/operations/serve/server-watch.ts';
import type { AssignedPartition } from '../../../../src/kafka/consume/consumer-state.ts';
import type { PartitionProgress } from '../../../../src/kafka/read/input-log.ts';
import { Failure, type FailureKind } from '../../../../src/processor/failure.ts';
import type { Handled } from '../../../../src/processor/ports/batch-handler.ts';
import type { InputBatch } from '../../../../src/processor/ports/input-record.ts';
import { createRecordingHandler } from '../../../support/recording-handler.ts';

const BATCH: InputBatch = { partition: 3, first: 40, end: 41, records: [] };
const MEMBERSHIP = { generation: 1, isCurrent: () => true, heartbeat: () => Promise.resolve() };

const SILENT = { info: () => undefined, warn: () => undefined };

describe('One look at the process', () => {
  let clock: sinon.SinonFakeTimers;
  beforeEach(() => {
    clock = sinon.useFakeTimers();
  });
  afterEach(() => {
    clock.restore();
  });

  const watching = (
    assigned: Partial<AssignedPartition>,
    progress: () => Promise<readonly PartitionProgress[]>,
  ) => {
    const handler = createRecordingHandler();
    handler.answer = () => new Promise<Handled>(() => undefined);
    const batches = createBatchesInFlight();
    const { look } = createLook({
      pool: undefined as never,
      batches,
      openDependencies: () => [],
      consumer: () => ({
        joined: true,
        generation: 1,
        lastActivity: 17,
        partitions: [{ partition: 3, cursor: null, lag: null, alarm: null, ...assigned }],
      }),
      progress,
      kafka: createServerWatch(SILENT, 'kafka'),
      postgres: createServerWatch(SILENT, 'postgres'),
      isStopping: () => false,
    });
    void batches.watch(handler).handle(BATCH, MEMBERSHIP);
    return { batches, look };
  };

  const brokersSay = () => Promise.resolve([{ partition: 3, next: 40, end: 60 }]);

  it('shows where the group is before the first batch, and how much could be read beyond', async () => {
    expect(await watching({}, brokersSay).look()).to.deep.equal({
      consumer: { kind: 'member', partitions: [3] },
      lastSignOfLife: 17,
      openDependencies: [],
      partitions: [{ partition: 3, position: 40, lag: 20, waitsFor: null }],
    });
  });

  it('takes what is folded again, far below the group’s offset, for progress', async () => {
    const { partitions } = await watching({ cursor: 12 }, brokersSay).look();
    expect(partitions).to.deep.equal([{ partition: 3, position: 12, lag: 20, waitsFor: null }]);
  });

  it('shows no partitions if the brokers do not answer', async () => {
    const away = () => Promise.reject(new Failure('transient', 'KAFKA_CONNECTION', 'asking: no answer'));
    expect(await watching({}, away).look()).to.include({ partitions: null });
  });

  it('reports that Postgres is down, even if idle', async () => {
    let isAway = true;
    const query = () => (isAway ? Promise.reject(new Error('connect ECONNREFUSED')) : Promise.resolve({}));
    const told: string[] = [];
    const { look } = createLook({
      pool: { query } as never,
      batches: createBatchesInFlight(),
      openDependencies: () => [],
      consumer: () => ({ joined: true, generation: 1, lastActivity: 17, partitions: [] }),
      progress: () => Promise.resolve([]),
      kafka: createServerWatch(SILENT, 'kafka'),
      postgres: {
        answered: () => told.push('answered'),
        failed: ({ message }) => told.push(message),
      },
      isStopping: () => false,
    });
    await look();
    isAway = false;
    await look();
    expect(told).to.deep.equal(['reaching Postgres: connect ECONNREFUSED', 'answered']);
  });

  it('knows what an alarm says', async () => {
    const alarm = { code: 'INPUT_GAP', message: 'the log begins at 50' } as const;
    const { partitions } = await watching({ alarm }, brokersSay).look();
    expect(partitions?.[0]?.waitsFor).to.equal('INPUT_GAP');
  });

  const tried = (kind: FailureKind) => {
    const watched = watching({}, brokersSay);
    const failure = new Failure(kind, 'REASON', 'storing decisions: not now');
    watched.batches.observer.retrying({ partition: 3, attempt: 1, failure });
    return watched;
  };

  it('knows why a batch is tried again, as long as it is', async () => {
    const { batches, look } = tried('transient');
    expect((await look()).partitions?.[0]?.waitsFor).to.equal('REASON');
    expect([...batches.retried()]).to.deep.equal([[3, 'REASON']]);
    clock.tick(60_000);
    expect((await look()).partitions?.[0]?.waitsFor).to.equal(null);
  });

  it('takes it for no reason to be fenced again and again', async () => {
    expect((await tried('fenced').look()).partitions?.[0]?.waitsFor).to.equal(null);
  });
});
