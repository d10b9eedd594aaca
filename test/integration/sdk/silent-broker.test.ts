import { expect } from 'chai';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { failureOf } from '../../../src/processor/failure.ts';
import { createRunClosePublisher, createRunEventsSubscriber } from '../../../src/sdk/index.ts';
import { until } from '../../support/condition.ts';

/** A request to such a broker times out after many seconds. */
describe('A broker that takes connections and never answers', function () {
  this.timeout(30_000);

  let server: Server;
  let sockets: Set<Socket>;

  beforeEach(async () => {
    sockets = new Set();
    server = createServer((socket) => {
      sockets.add(socket.on('error', () => undefined).resume());
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });

  afterEach(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });

  const settings = () => {
    const address = `127.0.0.1:${String((server.address() as AddressInfo).port)}`;
    return {
      kafka: { brokers: [address], clientId: 'test' },
      registry: { url: `http://${address}` },
      logger: { warn: () => undefined },
    };
  };

  const isAsked = () => until('the broker is asked', () => sockets.size > 0);

  /** Resolves with what the work resolved with. Fails if the work takes as long as a request. */
  const soon = async <T>(work: Promise<T>): Promise<T> => {
    const begun = performance.now();
    const result = await work;
    expect(performance.now() - begun, 'milliseconds').to.be.lessThan(8_000);
    return result;
  };

  it('holds up no search for an outcome that is aborted, or whose publisher is closed', async () => {
    const publisher = createRunClosePublisher(settings());
    const command = { channelId: 'office', commandId: 'close-tuesday' };
    const cause = new Error('the client has gone');
    const ended = new AbortController();
    const aborted = publisher.outcomeOf(command, { signal: ended.signal }).catch(failureOf);
    const closed = publisher.outcomeOf(command).catch(failureOf);
    await isAsked();
    ended.abort(cause);
    expect(await soon(aborted)).to.include({ code: 'WAIT_ABORTED', cause });
    const closing = publisher.close();
    expect(await soon(closed)).to.include({ code: 'PUBLISHER_CLOSED' });
    await soon(closing);
  });

  for (const [what, more] of [
    ['reads only', {}],
    ['parks events', { retries: { attempts: 1, then: 'park', topic: 'notifier.parked' } }],
  ] as const)
    it(`holds up no stop of a subscriber that ${what}, which is no failure`, async () => {
      const subscriber = createRunEventsSubscriber({
        ...settings(),
        ...more,
        groupId: 'notifier',
        handlers: { 'run.closed': () => undefined },
        onUndecodable: () => undefined,
      });
      const running = subscriber.run();
      await isAsked();
      await soon(subscriber.stop());
      await running;
    });
});
