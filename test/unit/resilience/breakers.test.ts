import { expect } from 'chai';
import sinon from 'sinon';
import { Failure, type FailureKind } from '../../../src/processor/failure.ts';
import { createBreakers, type ObservableBreakers } from '../../../src/resilience/breakers.ts';

const failing = (kind: FailureKind) => () =>
  Promise.reject(new Failure(kind, 'AWAY', 'storing decisions: no answer'));
const succeeding = () => Promise.resolve('done');

const codeOf = async (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'OK',
    (error: unknown) => (error instanceof Failure ? error.code : String(error)),
  );

describe('The breaker of a server', () => {
  let clock: sinon.SinonFakeTimers;
  let breakers: ObservableBreakers;
  let news: string[];

  beforeEach(() => {
    clock = sinon.useFakeTimers();
    news = [];
    breakers = createBreakers((dependency, state) => news.push(`${dependency} ${state}`));
  });
  afterEach(() => {
    breakers.close();
    clock.restore();
  });

  const fail = async (times: number, kind: FailureKind = 'transient'): Promise<void> => {
    for (let n = 0; n < times; n += 1) await codeOf(breakers.run('postgres', failing(kind)));
  };

  it('hands through what the work returns, and what it throws', async () => {
    expect(await breakers.run('kafka', succeeding)).to.equal('done');
    expect(await codeOf(breakers.run('kafka', failing('fenced')))).to.equal('AWAY');
    expect(await codeOf(breakers.run('kafka', () => Promise.reject(new TypeError('bug'))))).to.equal(
      'TypeError: bug',
    );
  });

  it('stays closed for a few failures', async () => {
    await fail(4);
    expect(breakers.state('postgres')).to.equal('closed');
    expect(await breakers.run('postgres', succeeding)).to.equal('done');
    expect(news).to.deep.equal([]);
  });

  it('opens after five transient failures in a row, however much succeeded before', async () => {
    for (let n = 0; n < 1_000; n += 1) await breakers.run('postgres', succeeding);
    await fail(5);
    const work = sinon.spy(succeeding);
    expect(await codeOf(breakers.run('postgres', work))).to.equal('BREAKER_OPEN');
    expect(work.called).to.equal(false);
    expect(news).to.deep.equal(['postgres open']);
  });

  it('tells for how long the server has failed, through all probes that fail, until one succeeds', async () => {
    expect(breakers.failingForMs('postgres')).to.equal(0);
    await fail(5);
    for (let probes = 0; probes < 10; probes += 1) {
      await clock.tickAsync(3_000);
      await fail(1);
    }
    expect(breakers.failingForMs('postgres')).to.equal(30_000);
    expect(breakers.failingForMs('kafka')).to.equal(0);
    await clock.tickAsync(3_000);
    await breakers.run('postgres', succeeding);
    expect(breakers.failingForMs('postgres')).to.equal(0);
  });

  it('does not say that the server fails if nobody has asked for a minute', async () => {
    await fail(5);
    await clock.tickAsync(60_000);
    expect(breakers.failingForMs('postgres')).to.equal(60_000);
    await clock.tickAsync(1);
    expect(breakers.failingForMs('postgres')).to.equal(0);
  });

  it('does not open for failures of one piece of work: the server has answered', async () => {
    const locked = new Failure('transient', 'LOCKED', 'a lock is held', { scope: 'local' });
    for (let n = 0; n < 20; n += 1) await codeOf(breakers.run('postgres', () => Promise.reject(locked)));
    expect(breakers.state('postgres')).to.equal('closed');
  });

  it('opens when more than half of the calls fail', async () => {
    await fail(3);
    await breakers.run('postgres', succeeding);
    await fail(1);
    expect(breakers.state('postgres')).to.equal('open');
  });

  it('leaves the other servers alone', async () => {
    await fail(5);
    expect(await breakers.run('kafka', succeeding)).to.equal('done');
    expect(breakers.openDependencies()).to.deep.equal(['postgres']);
  });

  it('does not count failures that show that the server answered', async () => {
    await fail(20, 'fenced');
    await fail(20, 'fatal');
    expect(breakers.openDependencies()).to.deep.equal([]);
  });

  it('lets one probe through after a while, and closes when it succeeds', async () => {
    await fail(5);
    await clock.tickAsync(2_000);
    expect(breakers.state('postgres')).to.equal('half-open');
    expect(breakers.openDependencies(), 'it waits for a call now, not for the server').to.deep.equal([]);

    let answer: (value: string) => void = () => {};
    const probe = breakers.run('postgres', () => new Promise<string>((resolve) => (answer = resolve)));
    expect(await codeOf(breakers.run('postgres', succeeding))).to.equal('BREAKER_OPEN');
    answer('healed');
    expect(await probe).to.equal('healed');
    expect(await breakers.run('postgres', succeeding)).to.equal('done');
    expect(news).to.deep.equal(['postgres open', 'postgres closed']);
  });

  it('stays open when the probe fails, and says so only once', async () => {
    await fail(5);
    for (let n = 0; n < 3; n += 1) {
      await clock.tickAsync(2_000);
      expect(await codeOf(breakers.run('postgres', failing('transient')))).to.equal('AWAY');
      expect(breakers.state('postgres')).to.equal('open');
    }
    expect(news).to.deep.equal(['postgres open']);
  });

  it('leaves no timer behind when closed', async () => {
    await fail(5);
    breakers.close();
    expect(clock.countTimers()).to.equal(0);
    expect(await codeOf(breakers.run('kafka', succeeding))).to.equal('BREAKER_OPEN');
  });
});
