import { expect } from 'chai';
import sinon from 'sinon';
import { reach } from '../../../../src/operations/servers/reach.ts';
import { Failure } from '../../../../src/processor/failure.ts';

const away = () =>
  Promise.reject(new Failure('transient', 'KAFKA_UNAVAILABLE', 'asking for the topics: no answer'));

describe('Reaching a server', () => {
  let clock: sinon.SinonFakeTimers;
  let notes: string[];
  beforeEach(() => {
    clock = sinon.useFakeTimers();
    notes = [];
  });
  afterEach(() => clock.restore());

  const reaching = (timeoutSeconds: number, connect: () => Promise<string>): Promise<string> =>
    reach(
      {
        server: 'Kafka at one:9092',
        variable: 'KAFKA_BROKERS',
        timeoutSeconds,
        signal: new AbortController().signal,
        onWaiting: (message) => notes.push(message),
      },
      connect,
    ).catch((error: unknown) =>
      error instanceof Failure ? `${error.code}: ${error.message}` : String(error),
    );

  it('succeeds at once if the server answers', async () => {
    expect(await reaching(30, () => Promise.resolve('connected'))).to.equal('connected');
    expect(notes).to.deep.equal([]);
  });

  it('tries again while the setting allows, and says so once', async () => {
    const connect = sinon.stub<[], Promise<string>>().callsFake(away);
    connect.onCall(3).resolves('connected');
    const result = reaching(30, connect);
    await clock.tickAsync(30_000);
    expect(await result).to.equal('connected');
    expect(notes).to.deep.equal(['Kafka at one:9092 does not answer yet; trying for 30 s …']);
  });

  it('gives up after that time, and names the server', async () => {
    const result = reaching(30, away);
    await clock.tickAsync(31_000);
    expect(await result).to.equal(
      'SERVER_UNREACHABLE: Kafka at one:9092 is not reachable: asking for the topics: no answer',
    );
  });

  it('tries once if the setting is 0', async () => {
    const connect = sinon.spy(away);
    expect(await reaching(0, connect)).to.match(/^SERVER_UNREACHABLE/);
    expect([connect.callCount, notes]).to.deep.equal([1, []]);
  });

  it('does not try again what no waiting can mend', async () => {
    const connect = sinon.spy(() => Promise.reject(new Failure('fatal', 'WRONG_PASSWORD', 'connecting')));
    expect(await reaching(30, connect)).to.equal('WRONG_PASSWORD: connecting');
    expect(connect.callCount).to.equal(1);
  });
});
