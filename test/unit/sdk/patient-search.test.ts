import { expect } from 'chai';
import { Failure, failureOf } from '../../../src/processor/failure.ts';
import { searchPatiently } from '../../../src/sdk/patient-search.ts';

const leaderless = new Failure('transient', 'KAFKA_NO_LEADER', 'no broker leads run.closed/3 at present');

describe('The search for an outcome', () => {
  let failures: unknown[];
  let searched: number;

  beforeEach(() => {
    failures = [];
    searched = 0;
  });

  const search = (timeout: number, signal = new AbortController().signal): Promise<string | undefined> => {
    const once = (): Promise<string> => {
      searched++;
      const failure = failures.shift();
      return failure instanceof Error ? Promise.reject(failure) : Promise.resolve('found');
    };
    const pacer = { beforeRetry: () => new Promise<void>((resolve) => setTimeout(resolve, 1)) };
    return searchPatiently(once, { pacer, signal, timeout });
  };

  it('is repeated while a partition has no leader', async () => {
    failures = [leaderless, leaderless];
    expect(await search(60_000)).to.equal('found');
    expect(searched).to.equal(3);
  });

  it('says after its timeout what is wrong, and to ask again', async () => {
    failures = Array.from({ length: 1_000 }, () => leaderless);
    const failure = failureOf(await search(20).catch((thrown: unknown) => thrown));
    expect(failure).to.include({ kind: 'transient', code: 'KAFKA_NO_LEADER', cause: leaderless });
    expect(failure.message).to.equal(
      'no broker leads run.closed/3 at present. The search was repeated for 0.02 s: ask again later',
    );
    expect(searched).to.be.greaterThan(1);
  });

  it('is not repeated if no retry can help, or if nobody waits', async () => {
    const refused = new Failure('fatal', 'KAFKA_TOPIC_AUTHORIZATION_FAILED', 'grant READ');
    failures = [refused];
    expect(await search(60_000).catch(failureOf)).to.equal(refused);
    expect(await search(60_000, AbortSignal.abort())).to.equal(undefined);
    expect(searched).to.equal(1);
  });

  it('ends when nobody waits any longer, although its request has no answer', async () => {
    const ended = new AbortController();
    const pacer = { beforeRetry: () => Promise.resolve() };
    const unanswered = (): Promise<string> => {
      setImmediate(() => {
        ended.abort();
      });
      return new Promise(() => undefined);
    };
    expect(await searchPatiently(unanswered, { pacer, signal: ended.signal, timeout: 60_000 })).to.equal(
      undefined,
    );
  });

  it('lets a request fail unnoticed after nobody waits for it', async () => {
    const ended = new AbortController();
    const pacer = { beforeRetry: () => Promise.resolve() };
    const late = async (): Promise<string> => {
      ended.abort();
      await new Promise((resolve) => setImmediate(resolve));
      searched++;
      throw leaderless;
    };
    expect(await searchPatiently(late, { pacer, signal: ended.signal, timeout: 60_000 })).to.equal(undefined);
    while (searched === 0) await new Promise((resolve) => setImmediate(resolve));
  });
});
