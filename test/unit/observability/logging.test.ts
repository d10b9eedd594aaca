import { Writable } from 'node:stream';
import { expect } from 'chai';
import { Failure } from '../../../src/processor/failure.ts';
import { createLogger, type Logger, type LogLevel } from '../../../src/observability/logging.ts';
import { createLoggingObserver } from '../../../src/observability/logging-observer.ts';

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

describe('The log of the processor', () => {
  const batch = {
    partition: 2,
    end: 1042,
    reasons: { closed: {}, rejected: {}, deadLetter: {} },
    seconds: { decode: 0, decide: 0, store: 0.01, emit: 0.02 },
    oldest: null,
    deviations: [],
  };
  const outcomes = { closed: 5, rejected: 1, duplicate: 1, deadLetter: 0, redelivered: 0, misplaced: 0 };

  it('says nothing of a batch that went through', () => {
    const { logger, lines } = recording();
    createLoggingObserver(logger).batchDone({ ...batch, outcomes });
    expect(lines).to.deep.equal([]);
  });

  it('says how many records of a batch became dead letters', () => {
    const { logger, lines } = recording();
    createLoggingObserver(logger).batchDone({ ...batch, outcomes: { ...outcomes, deadLetter: 3 } });
    expect(lines[0]).to.include({ level: 'warn', partition: 2, end: 1042, deadLetters: 3 });
  });

  it('thins out retries, so that a long outage does not fill it', () => {
    const { logger, lines } = recording();
    const observer = createLoggingObserver(logger);
    const failure = new Failure('transient', 'POSTGRES_UNAVAILABLE', 'storing decisions');
    for (let attempt = 1; attempt <= 100; attempt += 1) observer.retrying({ partition: 2, attempt, failure });
    expect(lines.map((line) => line['attempt'])).to.deep.equal([1, 2, 4, 8, 16, 32, 64]);
  });

  it('names an alarm with the command that resolves it', () => {
    const { logger, lines } = recording();
    const observer = createLoggingObserver(logger);
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
