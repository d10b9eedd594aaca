import { expect } from 'chai';
import sinon from 'sinon';
import {
  watchForStandstill,
  type StandstillWatch,
} from '../../../../src/operations/serve/standstill-watch.ts';
import type { Sighting } from '../../../../src/observability/standstill.ts';
import type { Failure } from '../../../../src/processor/failure.ts';

const stuck: Sighting = {
  consumer: { kind: 'member', partitions: [3] },
  lastSignOfLife: 0,
  partitions: [{ partition: 3, position: 7, lag: 1, waitsFor: null }],
  openDependencies: [],
};

describe('The watch for standstills', () => {
  let clock: sinon.SinonFakeTimers;
  let failures: Failure[];
  let logged: string[];
  let looks: number;
  let watch: StandstillWatch;
  let see: () => Sighting;

  beforeEach(() => {
    clock = sinon.useFakeTimers();
    failures = [];
    logged = [];
    looks = 0;
    // The client is at work all the time.
    see = () => ({ ...stuck, lastSignOfLife: looks });
    watch = watchForStandstill({
      logger: { error: (_: unknown, message?: string) => void logged.push(message ?? '') } as never,
      onStandstill: (failure) => failures.push(failure),
    });
    watch.start(() => {
      looks += 1;
      return Promise.resolve(see());
    });
  });
  afterEach(() => {
    watch.stop();
    clock.restore();
  });

  it('says nothing for two minutes, then reports, and ends the process after five, once', async () => {
    await clock.tickAsync(120_000);
    expect(watch.reported()).to.deep.equal([]);
    await clock.tickAsync(10_000);
    expect(watch.reported().map(({ subject }) => subject)).to.deep.equal(['partition 3']);
    await clock.tickAsync(170_000);
    expect(failures).to.deep.equal([]);
    await clock.tickAsync(10_000);
    expect(failures.map(({ kind, code, message }) => [kind, code, message])).to.deep.equal([
      [
        'fatal',
        'STANDSTILL',
        'partition 3 has been at offset 7 for 300 s, although more records can be read, and no reason is known',
      ],
    ]);
    expect(logged, 'one line, when it is reported').to.have.length(1);
    await clock.tickAsync(600_000);
    expect(failures).to.have.length(1);
  });

  it('takes its report back with the next batch', async () => {
    await clock.tickAsync(130_000);
    see = () => ({ ...stuck, lastSignOfLife: looks, partitions: [] });
    await clock.tickAsync(10_000);
    expect(watch.reported()).to.deep.equal([]);
  });

  it('does not end a process that was frozen: it has seen nothing of that time', async () => {
    await clock.tickAsync(60_000);
    clock.jump(3_600_000);
    await clock.tickAsync(20_000);
    expect(watch.reported()).to.deep.equal([]);
    expect(failures).to.deep.equal([]);
  });

  it('outlasts a night in which the brokers do not answer', async () => {
    see = () => ({ ...stuck, partitions: null });
    await clock.tickAsync(8 * 3_600_000);
    expect(failures).to.deep.equal([]);
  });

  it('looks no more once it was stopped', async () => {
    watch.stop();
    await clock.tickAsync(60_000);
    expect(looks).to.equal(0);
  });
});
