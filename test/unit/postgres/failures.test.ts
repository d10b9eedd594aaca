import { expect } from 'chai';
import pg from 'pg';
import { BackendTerminatedError, ConnectionError, DataIntegrityError } from 'slonik';
import { withPostgresFailure, postgresFailure } from '../../../src/postgres/failures.ts';
import { Failure } from '../../../src/processor/failure.ts';

const sqlError = (code: string, message = 'said Postgres') =>
  Object.assign(new pg.DatabaseError(message, 0, 'error'), { code });

const systemError = (code: string, message = `connect ${code}`) =>
  Object.assign(new Error(message), { code });

const kindOf = (error: unknown) => {
  const { kind, code } = postgresFailure('trying', error);
  return `${kind} ${code}`;
};

describe('what goes wrong with Postgres', () => {
  const TRANSIENT = {
    POSTGRES_UNAVAILABLE: [
      ...['08006', '08P01', '25006', '53000', '53100', '53200', '53300', '54000', '55000', '55006'],
      ...['57P01', '57P02', '57P03', '57P04', '58000', '58030', 'XX000', 'XX001', 'F0000', '26000', '99999'],
    ],
    POSTGRES_BUSY: ['40001', '40P01', '55P03', '57014', '25P02', '25P03', '25P04'],
  };
  for (const [code, states] of Object.entries(TRANSIENT)) {
    for (const state of states) {
      it(`may pass: ${state}`, () => expect(kindOf(sqlError(state))).to.equal(`transient ${code}`));
    }
  }

  it('is of one piece of work if another process holds a lock that it needs', () => {
    const isLocal = (state: string): boolean => postgresFailure('trying', sqlError(state)).isLocal;
    expect(['40001', '40P01', '55P03'].filter(isLocal)).to.have.length(3);
    expect(['57014', '57P01', '53300'].filter(isLocal)).to.deep.equal([]);
  });

  for (const state of ['42501', '42P01', '42703', '42883', '42P10', '3F000']) {
    it(`is a matter of configuration: ${state}`, () =>
      expect(kindOf(sqlError(state))).to.equal('fatal POSTGRES_MISCONFIGURED'));
  }

  it('is what the check of the connection has found, whatever has wrapped it', () => {
    const found = new Failure('fatal', 'POSTGRES_MISCONFIGURED', 'what is wrong');
    const wrapped = new ConnectionError('slonik says', { cause: found });
    Object.assign(wrapped, { cause: found });
    expect(postgresFailure('trying', wrapped)).to.equal(found);
  });

  for (const state of ['22021', '22P02', '23505', '23514']) {
    it(`is data that cannot be stored: ${state}`, () =>
      expect(kindOf(sqlError(state))).to.equal('fatal POSTGRES_REFUSED_DATA'));
  }

  for (const code of [
    ...[
      'ECONNREFUSED',
      'ECONNRESET',
      'ECONNABORTED',
      'EPIPE',
      'ETIMEDOUT',
      'EHOSTUNREACH',
      'ENOTFOUND',
      'EAI_AGAIN',
    ],
    ...['EPROTO', 'EMFILE', 'ENFILE', 'EADDRNOTAVAIL', 'ENOBUFS', 'ENOMEM', 'ERR_SSL_WRONG_VERSION_NUMBER'],
  ]) {
    it(`may pass: ${code}`, () =>
      expect(kindOf(systemError(code))).to.equal('transient POSTGRES_UNAVAILABLE'));
  }

  for (const message of [
    'Connection terminated unexpectedly',
    'no answer within 10000 ms',
    'timeout expired',
    'Client has encountered a connection error and is not queryable',
    'There was an error establishing an SSL connection',
    'Client network socket disconnected before secure TLS connection was established',
    'Verbindung unerwartet beendet',
  ]) {
    it(`may pass: ${message}`, () =>
      expect(kindOf(new Error(message))).to.equal('transient POSTGRES_UNAVAILABLE'));
  }

  it('makes a running processor wait if a right is missing', () => {
    expect(postgresFailure('trying', sqlError('42501')).isLoginRefused).to.equal(true);
  });

  it('names who gives a right back: setup, or a superuser for what belongs to Postgres itself', () => {
    const messageOf = (said: string): string => postgresFailure('trying', sqlError('42501', said)).message;
    expect(messageOf('permission denied for function create_decision_event_days')).to.include(
      '`runclose setup`, run by the owner, grants what is missing',
    );
    const builtIn = postgresFailure(
      'trying',
      sqlError('42501', 'keine Berechtigung für Funktion pg_is_in_recovery'),
    );
    expect(builtIn.message).to.include('GRANT EXECUTE ON FUNCTION pg_is_in_recovery TO PUBLIC');
    expect(builtIn.message).not.to.include('runclose setup');
    expect(builtIn.isLoginRefused, 'a running `serve` waits').to.equal(true);
  });

  it('may pass when a migration has changed a table under a prepared statement', () => {
    const changed = sqlError('0A000', 'gespeicherter Plan darf den Ergebnistyp nicht ändern');
    changed.routine = 'RevalidateCachedQuery';
    expect(kindOf(changed)).to.equal('transient POSTGRES_BUSY');
    expect(kindOf(sqlError('0A000', 'not supported'))).to.equal('fatal UNEXPECTED_ERROR');
  });

  it('distinguishes a missing role from a wrong value, in any language', () => {
    for (const message of [
      'role "runclose_processor" does not exist',
      'Rolle »runclose_processor« existiert nicht',
    ]) {
      expect(kindOf(sqlError('22023', message))).to.equal('fatal POSTGRES_MISCONFIGURED');
    }
    expect(kindOf(sqlError('22023', 'out of range'))).to.equal('fatal POSTGRES_REFUSED_DATA');
  });

  it('is found inside what slonik wraps around it', () => {
    expect(kindOf(new BackendTerminatedError(sqlError('57P01')))).to.equal('transient POSTGRES_UNAVAILABLE');
    expect(kindOf(new ConnectionError('no', { cause: sqlError('42501') }))).to.equal(
      'fatal POSTGRES_MISCONFIGURED',
    );
  });

  it('names each address that refused, if a name has several', () => {
    const error = Object.assign(
      new AggregateError([
        systemError('ECONNREFUSED', 'refused at ::1'),
        systemError('ECONNREFUSED', 'and at 127.0.0.1'),
      ]),
      { code: 'ECONNREFUSED' },
    );
    expect(postgresFailure('reaching Postgres', error).message).to.equal(
      'reaching Postgres: refused at ::1, and at 127.0.0.1',
    );
  });

  it('is a bug otherwise, and says what was being done', async () => {
    const cause = new TypeError('x is not a function');
    const failure = await withPostgresFailure('storing', () => Promise.reject(cause)).catch(
      (error: unknown) => error,
    );
    expect(failure).to.be.instanceOf(Failure).and.to.deep.include({
      kind: 'fatal',
      code: 'UNEXPECTED_ERROR',
      message: 'storing: x is not a function',
      cause,
    });
  });

  for (const bug of [
    new RangeError('out of range'),
    Object.assign(new TypeError('wrong argument'), { code: 'ERR_INVALID_ARG_TYPE' }),
    new DataIntegrityError({ sql: 'SELECT 1', values: [] }),
    sqlError('42601', 'syntax error'),
  ]) {
    it(`is a bug of this program: ${bug.message}`, () =>
      expect(kindOf(bug)).to.equal('fatal UNEXPECTED_ERROR'));
  }

  it('stays unchanged if it is a Failure already', () => {
    const failure = new Failure('fenced', 'LEASE_LOST', 'lost');
    expect(postgresFailure('storing', failure)).to.equal(failure);
  });
});
