import { expect } from 'chai';
import type { GroupStatus } from '../../../../src/operations/status/status.ts';
import { type Sight, watchStatus } from '../../../../src/operations/status/watch-status.ts';
import type { Work } from '../../../../src/operations/work.ts';
import { Failure } from '../../../../src/processor/failure.ts';

const STATUS: GroupStatus = { groupId: 'runclose', instances: [], statuses: [] };
const DOWN = new Failure('transient', 'SERVER_UNREACHABLE', 'Kafka at k:9092 is not reachable');

describe('A watch of the status', () => {
  let stopping: AbortController;
  let closers: (() => unknown)[];
  let work: Work;
  beforeEach(() => {
    stopping = new AbortController();
    closers = [];
    work = {
      settings: (() => ({ startupTimeoutSeconds: 30 })) as unknown as Work['settings'],
      interrupted: stopping.signal,
      onClose: (close) => void closers.push(close),
      note: () => undefined,
      progress: () => ({ set: () => {}, passOver: () => {}, stop: () => {} }),
    };
  });

  /** Watches until this many sights were seen. Each read ends as the next of `reads` says. */
  const watch = async (
    count: number,
    reads: readonly ((work: Work) => Promise<GroupStatus>)[],
    lateMs = 60_000,
  ) => {
    const left = [...reads];
    const read = (each: Work): Promise<GroupStatus> =>
      (left.shift() ?? (() => Promise.resolve(STATUS)))(each);
    const sights: Sight[] = [];
    for await (const sight of watchStatus(work, { everyMs: 1, lateMs, read })) {
      sights.push(sight);
      if (sights.length === count) stopping.abort();
    }
    return sights.map(({ kind }) => kind);
  };
  const works = () => Promise.resolve(STATUS);
  const fails = () => Promise.reject(DOWN);

  it('continues after an outage, and ends when it is interrupted', async () => {
    expect(await watch(4, [works, fails, fails, works])).to.deep.equal([
      'status',
      'failed',
      'failed',
      'status',
    ]);
  });

  it('waits for the servers only at its first read, whose failure ends it', async () => {
    const failure: unknown = await watch(1, [fails]).catch((thrown: unknown) => thrown);
    expect(failure).to.equal(DOWN);
    const waits: number[] = [];
    const reads = (each: Work) => {
      waits.push(each.settings('kafka').startupTimeoutSeconds);
      return works();
    };
    await watch(3, [reads, reads, reads]);
    expect(waits).to.deep.equal([30, 0, 0]);
  });

  it('ends at a failure that does not pass', async () => {
    const fatal = new Failure('fatal', 'KAFKA_TOPIC_MISSING', 'there is no topic');
    const failure: unknown = await watch(2, [works, () => Promise.reject(fatal)]).catch(
      (thrown: unknown) => thrown,
    );
    expect(failure).to.equal(fatal);
  });

  it('says that the servers are late, and starts no other read meanwhile', async () => {
    let reading = 0;
    let most = 0;
    const slowly = async (): Promise<GroupStatus> => {
      reading += 1;
      most = Math.max(most, reading);
      await new Promise((resolve) => setTimeout(resolve, 50));
      reading -= 1;
      return STATUS;
    };
    expect(await watch(5, [works, slowly, slowly], 1)).to.deep.equal([
      'status',
      'late',
      'status',
      'late',
      'status',
    ]);
    expect(most).to.equal(1);
  });

  it('closes the connections of each read before the next one, and those of the last when the work ends', async () => {
    let open = 0;
    const opens = (each: Work) => {
      expect(open).to.equal(0);
      open += 1;
      each.onClose(() => void (open -= 1));
      return works();
    };
    await watch(3, [opens, opens, opens]);
    for (const close of closers) await close();
    expect([open, closers.length]).to.deep.equal([0, 1]);
  });
});
