import { expect } from 'chai';
import { exitCodeOf } from '../../../../src/cli/frame/exit-codes.ts';
import { describeFailure } from '../../../../src/cli/frame/failure-text.ts';
import { ServerUnreachable } from '../../../../src/operations/servers/reach.ts';
import { openTogether } from '../../../../src/operations/servers/open-together.ts';
import { Failure, failureOf } from '../../../../src/processor/failure.ts';

const AWAY = new ServerUnreachable('Kafka is not reachable', ['KAFKA_BROKERS'], undefined);
const GONE = new ServerUnreachable('Postgres is not reachable', ['DATABASE_URL'], undefined);
const REFUSED = new Failure('fatal', 'POSTGRES_MISCONFIGURED', 'Postgres refuses the password');

const failureFrom = (work: Promise<unknown>): Promise<Failure> =>
  work.then(() => failureOf(new Error('nothing failed')), failureOf);

describe('Servers that are opened together', () => {
  it('are given in order', async () => {
    expect(await openTogether(Promise.resolve(1), Promise.resolve('two'))).to.deep.equal([1, 'two']);
  });

  it('leave a single fault as it is', async () => {
    expect(await failureFrom(openTogether(Promise.reject(AWAY), Promise.resolve(1)))).to.equal(AWAY);
  });

  it('name all faults at once; wrong configuration decides the exit code', async () => {
    const failure = await failureFrom(
      openTogether(Promise.reject(AWAY), Promise.reject(REFUSED), Promise.resolve(1)),
    );
    expect(failure.message).to.equal(
      '2 servers cannot be used:\n  Kafka is not reachable\n  Postgres refuses the password',
    );
    expect(exitCodeOf(failure)).to.equal(78);
    const away = await failureFrom(openTogether(Promise.reject(AWAY), Promise.reject(GONE)));
    expect(exitCodeOf(away)).to.equal(69);
    expect(
      describeFailure(away, { KAFKA_BROKERS: 'nowhere.invalid:1', DATABASE_URL_FILE: '/url' }),
    ).to.include('\nStart those servers, or check KAFKA_BROKERS and DATABASE_URL_FILE.');
  });
});
