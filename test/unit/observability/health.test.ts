import { expect } from 'chai';
import {
  liveness,
  readiness,
  STALLED_AFTER_MS,
  type ReadinessFacts,
} from '../../../src/observability/health.ts';

const NOW = 10_000_000;

const working: ReadinessFacts = {
  now: NOW,
  consumer: { kind: 'member', partitions: [0, 3] },
  lastSignOfLife: NOW - 100,
  batches: [{ partition: 3, since: NOW - 40 }],
  alarms: new Map(),
  openDependencies: [],
  database: { kind: 'ok' },
  schemas: { kind: 'ok' },
};

const stalled: ReadinessFacts = {
  ...working,
  batches: [{ partition: 3, since: NOW - STALLED_AFTER_MS - 1 }],
};

describe('Liveness', () => {
  it('holds while the loop makes progress, and names each check', () => {
    expect(liveness(working)).to.deep.equal({
      status: 'ok',
      checks: [
        { name: 'consumer', status: 'ok', detail: 'has partitions 0, 3' },
        { name: 'progress', status: 'ok', detail: 'working' },
        { name: 'partitions', status: 'ok', detail: 'no alarm' },
      ],
    });
  });

  it('holds when there is nothing to do', () => {
    expect(liveness({ ...working, batches: [] }).checks[1]?.detail).to.equal('nothing to do');
  });

  it('ends when a batch makes no progress and nothing explains it', () => {
    expect(liveness(stalled).status).to.equal('failing');
    expect(liveness(stalled).checks[1]?.detail).to.equal('stuck in a batch of partition 3');
  });

  it('holds while an open breaker explains the standstill, however long', () => {
    const waiting = liveness({ ...stalled, lastSignOfLife: 0, openDependencies: ['postgres'] });
    expect(waiting.status).to.equal('ok');
    expect(waiting.checks[1]).to.deep.equal({
      name: 'progress',
      status: 'waiting',
      detail: 'waiting for postgres',
    });
  });

  it('holds while a partition waits with a stated alarm', () => {
    const alarms = new Map([[3, { code: 'INPUT_GAP', message: 'the log begins at 7' } as const]]);
    const alarmed = liveness({ ...working, batches: [], alarms });
    expect(alarmed.status).to.equal('ok');
    expect(alarmed.checks[2]).to.deep.equal({
      name: 'partitions',
      status: 'waiting',
      detail: 'INPUT_GAP: the log begins at 7',
    });
  });

  it('ends when the Kafka client has fallen silent', () => {
    const silent = liveness({ ...working, batches: [], lastSignOfLife: NOW - 180_000 });
    expect(silent.checks[1]?.detail).to.equal('the Kafka client has been silent for 180 s');
    expect(silent.status).to.equal('failing');
  });

  it('ends when the consumer has stopped for good', () => {
    const crashed = liveness({ ...working, consumer: { kind: 'crashed', reason: 'TypeError' } });
    expect(crashed.checks[0]).to.deep.equal({
      name: 'consumer',
      status: 'failing',
      detail: 'stopped: TypeError',
    });
    expect(crashed.status).to.equal('failing');
  });
});

describe('Readiness', () => {
  it('needs membership, the database and every schema', () => {
    expect(readiness(working)).to.deep.equal({
      status: 'ok',
      checks: [
        { name: 'consumer', status: 'ok', detail: 'has partitions 0, 3' },
        { name: 'partitions', status: 'ok', detail: 'no alarm' },
        { name: 'database', status: 'ok', detail: 'reachable' },
        { name: 'schemas', status: 'ok', detail: 'known' },
      ],
    });
  });

  it('holds for an instance that stands by', () => {
    const standby = readiness({ ...working, consumer: { kind: 'member', partitions: [] }, batches: [] });
    expect([standby.status, standby.checks[0]?.detail]).to.deep.equal(['ok', 'standing by']);
  });

  it('waits for the group, and ends with the drain', () => {
    expect(readiness({ ...working, consumer: { kind: 'joining' } }).checks[0]?.detail).to.equal(
      'joining the group',
    );
    const draining = readiness({ ...working, consumer: { kind: 'stopping' } });
    expect([draining.status, draining.checks[0]?.detail]).to.deep.equal([
      'failing',
      'finishing what is under way',
    ]);
  });

  it('says which server is missing', () => {
    const report = readiness({
      ...working,
      database: { kind: 'failing', reason: 'no answer' },
      schemas: { kind: 'failing', reason: 'run.closed-value is not registered' },
    });
    expect(report.status).to.equal('failing');
    expect(report.checks.slice(2)).to.deep.equal([
      { name: 'database', status: 'failing', detail: 'no answer' },
      { name: 'schemas', status: 'failing', detail: 'run.closed-value is not registered' },
    ]);
  });
});
