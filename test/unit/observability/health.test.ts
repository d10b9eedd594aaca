import { expect } from 'chai';
import { liveness, readiness, type ReadinessFacts, united } from '../../../src/observability/health.ts';
import type { Standstill } from '../../../src/observability/standstill.ts';

const working: ReadinessFacts = {
  consumer: { kind: 'member', partitions: [0, 3] },
  working: [3],
  retried: new Map(),
  standstills: [],
  alarms: new Map(),
  openDependencies: [],
  kafka: { kind: 'ok' },
  database: { kind: 'ok' },
  schemas: { kind: 'ok' },
};

const idle: ReadinessFacts = { ...working, working: [] };
const stuck: Standstill = { subject: 'partition 3', at: 1042, ms: 130_000 };

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
    expect(liveness(idle).checks[1]?.detail).to.equal('nothing to do');
  });

  it('says why the records of a partition cannot be read', () => {
    const report = liveness({ ...idle, hindered: new Map([[3, 'INPUT_LEADERLESS']]) });
    expect(report.status).to.equal('ok');
    expect(report.checks[1]).to.include({
      status: 'waiting',
      detail: 'cannot read partition 3: INPUT_LEADERLESS',
    });
  });

  it('ends when something has stood still for too long, and names it', () => {
    const report = liveness({
      ...working,
      standstills: [stuck, { subject: 'client', at: 17, ms: 180_000 }],
    });
    expect(report.status).to.equal('failing');
    expect(report.checks[1]?.detail).to.equal(
      'partition 3 has been at offset 1042 for 130 s, although more records can be read, and no reason is known; ' +
        'the Kafka client has been silent for 180 s, although Kafka answers',
    );
  });

  it('holds while an open breaker explains the standstill', () => {
    const waiting = liveness({ ...working, openDependencies: ['postgres'] });
    expect(waiting.status).to.equal('ok');
    expect(waiting.checks[1]).to.deep.equal({
      name: 'progress',
      status: 'waiting',
      detail: 'waiting for postgres',
    });
  });

  it('holds while it is known why a batch is tried again, and says so', () => {
    const waiting = liveness({ ...working, retried: new Map([[3, 'POSTGRES_BUSY']]) });
    expect([waiting.status, waiting.checks[1]?.detail]).to.deep.equal([
      'ok',
      'retrying partition 3: POSTGRES_BUSY',
    ]);
  });

  it('holds while a partition waits with a stated alarm', () => {
    const alarms = new Map([[3, { code: 'INPUT_GAP', message: 'the log begins at 7' } as const]]);
    const alarmed = liveness({ ...idle, alarms });
    expect(alarmed.status).to.equal('ok');
    expect(alarmed.checks[2]).to.deep.equal({
      name: 'partitions',
      status: 'waiting',
      detail: 'INPUT_GAP: the log begins at 7',
    });
    expect(alarmed.checks[1]).to.deep.equal({
      name: 'progress',
      status: 'waiting',
      detail: 'partition 3 waits: the check "partitions" says why',
    });
  });

  it('names every partition that waits with an alarm', () => {
    const gap = { code: 'INPUT_GAP', message: 'the log begins at 7' } as const;
    const alarms = new Map([
      [0, gap],
      [3, gap],
    ]);
    expect(liveness({ ...idle, alarms }).checks[1]?.detail).to.equal(
      'partitions 0, 3 wait: the check "partitions" says why',
    );
  });
});

describe('Readiness', () => {
  it('needs membership, the database and every schema', () => {
    expect(readiness(working)).to.deep.equal({
      status: 'ok',
      checks: [
        { name: 'consumer', status: 'ok', detail: 'has partitions 0, 3' },
        { name: 'partitions', status: 'ok', detail: 'no alarm' },
        { name: 'kafka', status: 'ok', detail: 'reachable' },
        { name: 'database', status: 'ok', detail: 'reachable' },
        { name: 'schemas', status: 'ok', detail: 'known' },
      ],
    });
  });

  it('holds for an instance that stands by', () => {
    const standby = readiness({ ...idle, consumer: { kind: 'member', partitions: [] } });
    expect([standby.status, standby.checks[0]?.detail]).to.deep.equal(['ok', 'standing by']);
  });

  it('waits for the group, and ends with the drain', () => {
    expect(readiness({ ...working, consumer: { kind: 'joining' } }).checks[0]?.detail).to.equal(
      'joining the group',
    );
    const draining = readiness({ ...working, consumer: { kind: 'stopping' } });
    expect([draining.status, draining.checks[0]?.detail]).to.deep.equal([
      'failing',
      'finishing the batches in flight',
    ]);
  });

  it('says which server is missing', () => {
    const report = readiness({
      ...working,
      database: { kind: 'failing', reason: 'no answer' },
      kafka: { kind: 'failing', reason: 'KAFKA_CONNECTION' },
      schemas: { kind: 'failing', reason: 'run.closed-value is not registered' },
    });
    expect(report.status).to.equal('failing');
    expect(report.checks.slice(2)).to.deep.equal([
      { name: 'kafka', status: 'failing', detail: 'KAFKA_CONNECTION' },
      { name: 'database', status: 'failing', detail: 'no answer' },
      { name: 'schemas', status: 'failing', detail: 'run.closed-value is not registered' },
    ]);
  });
});

describe('The health of several workers', () => {
  it('of one alone is that worker’s own', () => {
    expect(united([readiness(working)])).to.deep.equal(readiness(working));
  });

  it('is as bad as the worst, and names the worker of each detail that differs', () => {
    const other = liveness({
      ...idle,
      consumer: { kind: 'member', partitions: [] },
      openDependencies: ['postgres'],
    });
    expect(united([liveness(idle), other])).to.deep.equal({
      status: 'ok',
      checks: [
        { name: 'consumer', status: 'ok', detail: 'worker 1: has partitions 0, 3; worker 2: standing by' },
        {
          name: 'progress',
          status: 'waiting',
          detail: 'worker 1: nothing to do; worker 2: waiting for postgres',
        },
        { name: 'partitions', status: 'ok', detail: 'no alarm' },
      ],
    });
    expect(united([liveness(idle), liveness({ ...idle, standstills: [stuck] })]).status).to.equal('failing');
  });
});
