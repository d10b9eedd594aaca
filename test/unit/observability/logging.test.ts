import { Writable } from 'node:stream';
import { expect } from 'chai';
import { createLogSwitch } from '../../../src/observability/log-level.ts';
import { createLoggingObserver } from '../../../src/observability/logging-observer.ts';
import { createLogger, type Logger, type LogLevel } from '../../../src/observability/logging.ts';
import { Failure } from '../../../src/processor/failure.ts';

const recording = (level: LogLevel = 'info'): { logger: Logger; lines: Record<string, unknown>[] } => {
  const lines: Record<string, unknown>[] = [];
  const destination = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(JSON.parse(chunk.toString()) as Record<string, unknown>);
      done();
    },
  });
  return { logger: createLogger({ level, bindings: { service: 'runclose' }, destination }), lines };
};

describe('The log', () => {
  it('is JSON with time, level by name, and what every line of the process shares', () => {
    const { logger, lines } = recording();
    logger.info({ partition: 3 }, 'took the partition over');
    expect(lines).to.have.length(1);
    expect(lines[0]).to.include({
      level: 'info',
      service: 'runclose',
      partition: 3,
      msg: 'took the partition over',
    });
    expect(lines[0]?.['time']).to.match(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  });

  it('leaves out what is below its level', () => {
    const { logger, lines } = recording('warn');
    logger.info('nothing of importance');
    expect(lines).to.deep.equal([]);
  });

  it('never shows secrets or personal data, at the top or inside', () => {
    const { logger, lines } = recording();
    logger.info(
      { password: 'zq', kafka: { sasl: { password: 'zq' } }, order: { displayName: 'zq', text: 'zq' } },
      'm',
    );
    logger.info({ err: new Error('connecting to postgres://app:zq@db:5432/x failed') }, 'm');
    expect(JSON.stringify(lines)).not.to.include('zq');
    expect(JSON.stringify(lines)).to.include('postgres://[redacted]@db:5432/x');
    logger.info(
      { err: new Error('GET https://r/x?token=zq&n=1 of postgres://db/x?user=a&password=zq') },
      'm',
    );
    expect(JSON.stringify(lines)).to.include('?token=[redacted]&n=1').and.to.include('&password=[redacted]');
  });

  it('shows a failure’s code, kind and every cause', () => {
    const { logger, lines } = recording();
    const cause = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
    logger.warn(
      { err: new Failure('transient', 'POSTGRES_UNAVAILABLE', 'storing decisions', { cause }) },
      'm',
    );
    const err = lines[0]?.['err'] as Record<string, unknown>;
    expect(err).to.include({ type: 'Failure', code: 'POSTGRES_UNAVAILABLE', kind: 'transient' });
    expect(err['stack']).to.be.a('string');
    expect(err['cause']).to.deep.equal({
      type: 'Error',
      code: 'ECONNREFUSED',
      message: 'connect ECONNREFUSED',
    });
  });
});

describe('The switch of the log level', () => {
  it('goes to debug and back, tells so, and passes the level on', () => {
    const { logger, lines } = recording('error');
    const passed: string[] = [];
    const { toggle } = createLogSwitch(logger, 'error', (level) => passed.push(level));
    toggle();
    logger.debug('details');
    toggle();
    logger.info('not wanted');
    expect(passed).to.deep.equal(['debug', 'error']);
    expect(lines.map(({ msg }) => msg)).to.deep.equal([
      'the log level is now debug, because of SIGUSR2',
      'details',
      'the log level is now error, because of SIGUSR2',
    ]);
  });

  it('goes to info and back if everything is logged already', () => {
    const { logger } = recording('trace');
    const { toggle } = createLogSwitch(logger, 'trace', () => undefined);
    toggle();
    expect(logger.level).to.equal('info');
    toggle();
    expect(logger.level).to.equal('trace');
  });
});

describe('The log of the processor', () => {
  const batch = {
    partition: 2,
    first: 1030,
    end: 1042,
    reasons: { closed: {}, rejected: {}, deadLetter: {} },
    seconds: { decode: 0, decide: 0, store: 0.01, emit: 0.02 },
    oldest: null,
    deviations: [],
  };
  const outcomes = { closed: 5, rejected: 1, duplicate: 1, deadLetter: 0, redelivered: 0, misplaced: 0 };

  it('says nothing of a batch that went through', () => {
    const { logger, lines } = recording();
    createLoggingObserver(logger, { topic: 'run.close.requested', decisions: 'none' }).batchDone({
      ...batch,
      outcomes,
    });
    expect(lines).to.deep.equal([]);
  });

  it('says how many records of a batch became dead letters', () => {
    const { logger, lines } = recording();
    createLoggingObserver(logger, { topic: 'run.close.requested', decisions: 'none' }).batchDone({
      ...batch,
      outcomes: { ...outcomes, deadLetter: 3 },
    });
    expect(lines[0]).to.include({ level: 'warn', partition: 2, end: 1042, deadLetters: 3 });
  });

  it('names the topic, the offsets and the trace of dead letters', () => {
    const { logger, lines } = recording();
    const observer = createLoggingObserver(logger, { topic: 'run.close.requested', decisions: 'none' });
    observer.batchDone({
      ...batch,
      outcomes: { ...outcomes, deadLetter: 1 },
      traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
      decided: () => [
        { offset: 1031, outcome: 'duplicate' },
        { offset: 1033, outcome: 'dead-letter', reason: 'TOO_SHORT' },
      ],
    });
    expect(lines).to.have.length(1);
    expect(lines[0]).to.deep.include({
      topic: 'run.close.requested',
      partition: 2,
      first: 1030,
      end: 1042,
      offsets: [1033],
      trace_id: '4bf92f3577b34da6a3ce929d0e0e4736',
    });
  });

  it('tells a person who watches each decision, with its ids', () => {
    const { logger, lines } = recording();
    const observer = createLoggingObserver(logger, { topic: 'run.close.requested', decisions: 'each' });
    const ids = { channelId: 'C1', runId: 'friday', commandId: 'close-friday', correlationId: 'order 7' };
    observer.batchDone({
      ...batch,
      outcomes,
      decided: () => [
        {
          ...ids,
          offset: 1030,
          outcome: 'closed',
          reason: 'TIE_LOT',
          runnerUserId: 'priya',
          participants: 5,
        },
        { ...ids, offset: 1031, outcome: 'closed', reason: 'LOWEST', runnerUserId: 'ben', participants: 1 },
        { ...ids, offset: 1032, outcome: 'rejected', reason: 'UNAUTHORIZED' },
        { ...ids, offset: 1033, outcome: 'redelivered' },
        { offset: 1034, outcome: 'duplicate' },
        { offset: 1035, outcome: 'dead-letter', reason: 'TOO_SHORT' },
      ],
    });
    expect(lines.map(({ msg }) => msg)).to.deep.equal([
      'closed friday: priya fetches for 5 people (by lot)',
      'closed friday: ben fetches for 1 person (most due)',
      'rejected friday: UNAUTHORIZED, command close-friday',
      'emitted again friday: command close-friday was decided before',
      'duplicate run.close.requested/2@1034: its command is known',
      'dead letter run.close.requested/2@1035: TOO_SHORT',
    ]);
    expect(lines[0]).to.include({ level: 'info', partition: 2, decision: 'closed', ...ids });
  });

  it('warns of retries only if they continue: being fenced is a part of each rebalance', () => {
    const { logger, lines } = recording();
    const observer = createLoggingObserver(logger, { topic: 'run.close.requested', decisions: 'none' });
    const away = new Failure('transient', 'POSTGRES_UNAVAILABLE', 'storing decisions');
    const fenced = new Failure('fenced', 'LEASE_LOST', 'storing decisions');
    for (const attempt of [1, 2, 4]) observer.retrying({ partition: 2, attempt, failure: away });
    observer.retrying({ partition: 2, attempt: 4, failure: fenced });
    expect(lines.map(({ level }) => level)).to.deep.equal(['info', 'info', 'warn', 'info']);
  });

  it('thins out retries, so that a long outage does not fill it', () => {
    const { logger, lines } = recording();
    const observer = createLoggingObserver(logger, { topic: 'run.close.requested', decisions: 'none' });
    const failure = new Failure('transient', 'POSTGRES_UNAVAILABLE', 'storing decisions');
    for (let attempt = 1; attempt <= 100; attempt += 1) observer.retrying({ partition: 2, attempt, failure });
    expect(lines.map((line) => line['attempt'])).to.deep.equal([1, 2, 4, 8, 16, 32, 64]);
  });

  it('names an alarm with the command that resolves it', () => {
    const { logger, lines } = recording();
    const observer = createLoggingObserver(logger, { topic: 'run.close.requested', decisions: 'none' });
    observer.alarmed(2, { code: 'OUTPUT_PARTITION_MISSING', message: 'run `runclose setup --repartition`' });
    observer.resumed(2);
    observer.reconciled({ partition: 2, epoch: 7, start: 1042, cause: 'assigned' });
    observer.foldedAgain({ partition: 2, first: 1000, end: 1042 });
    expect(lines.map(({ level, msg }) => [level, msg])).to.deep.equal([
      ['error', 'run `runclose setup --repartition`'],
      ['info', 'the partition continues'],
      ['info', 'took the partition over'],
      ['warn', 'decided the records again that Postgres had lost; the decisions equal the emitted events'],
    ]);
  });
});
