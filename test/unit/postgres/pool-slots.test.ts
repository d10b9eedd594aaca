import { expect } from 'chai';
import sinon from 'sinon';
import type { DatabasePool } from 'slonik';
import { useOf, withSlots } from '../../../src/postgres/pool-slots.ts';
import { failureOf } from '../../../src/processor/failure.ts';

const PATIENCE_MS = 10_000;

describe('a pool with slots', () => {
  let clock: sinon.SinonFakeTimers;
  /** Ends the n-th piece of work that the pool has got. */
  let ends: ((result: unknown) => void)[];
  let pool: DatabasePool;

  beforeEach(() => {
    clock = sinon.useFakeTimers();
    ends = [];
    const work = () => new Promise<unknown>((resolve) => ends.push(resolve));
    const members = { query: work, transaction: work, end: () => 'ended' };
    pool = withSlots(members as unknown as DatabasePool, { count: 2, patienceMs: PATIENCE_MS });
  });

  afterEach(() => {
    clock.restore();
  });

  const query = () => pool.query(undefined as never).then(String, failureOf);

  it('hands over as much work as it has connections, and the next in the order in which it came', async () => {
    const [first, second, third, fourth] = [query(), query(), query(), query()];
    await clock.tickAsync(0);
    expect(ends).to.have.length(2);
    ends[1]!('second');
    expect(await second).to.equal('second');
    await clock.tickAsync(0);
    ends[2]!('third');
    expect(await third).to.equal('third');
    ends[0]!('first');
    await clock.tickAsync(0);
    ends[3]!('fourth');
    expect(await Promise.all([first, fourth])).to.deep.equal(['first', 'fourth']);
  });

  it('lets nobody wait longer than it may, and keeps no place for those who have left', async () => {
    const taken = [query(), pool.transaction(undefined as never)];
    const late = query();
    await clock.tickAsync(PATIENCE_MS);
    const failure = await late;
    expect(failure).to.include({ kind: 'transient', code: 'POSTGRES_POOL_BUSY', isLocal: true });
    expect(failureOf(failure).message).to.include('all 2 were in use; raise DATABASE_POOL_SIZE');
    for (const end of ends) end('done');
    await Promise.all(taken);
    const next = query();
    await clock.tickAsync(0);
    expect(ends).to.have.length(3);
    ends[2]!('next');
    expect(await next).to.equal('next');
  });

  it('tells how many connections are in use, what waits, and how long all work has waited', async () => {
    const all = [query(), query(), query()];
    await clock.tickAsync(3_000);
    expect(useOf(pool)).to.deep.equal({ size: 2, used: 2, waiting: 1, waitedMs: 0 });
    ends[0]!('done');
    await clock.tickAsync(0);
    expect(useOf(pool)).to.deep.equal({ size: 2, used: 2, waiting: 0, waitedMs: 3_000 });
    for (const end of ends) end('done');
    await Promise.all(all);
    expect(useOf(pool)).to.include({ used: 0, waiting: 0 });
  });

  it('gives a place back whatever becomes of the work', async () => {
    const failing = withSlots({ query: () => Promise.reject(new Error('no')) } as unknown as DatabasePool, {
      count: 1,
      patienceMs: PATIENCE_MS,
    });
    for (let n = 0; n < 3; n += 1)
      expect(await failing.query(undefined as never).catch(String)).to.equal('Error: no');
  });

  it('leaves everything else to the pool', () => {
    expect(pool.end()).to.equal('ended');
  });
});
