import { once } from 'node:events';
import { createConnection, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { expect } from 'chai';
import sinon from 'sinon';
import { createKafka } from '../../../../src/kafka/client/client.ts';
import { until } from '../../../support/condition.ts';
import { repaired } from '../../../support/repaired-kafkajs.ts';

const silent = {
  namespace: () => silent,
  debug: () => undefined,
  info: () => undefined,
  error: () => undefined,
};

describe('A connection', () => {
  type RequestQueue = {
    scheduleRequestTimeoutCheck(): void;
    checkPendingRequests(): void;
    push(request: object): void;
  };
  const RequestQueue = repaired('network/requestQueue/index.js') as new (options: object) => RequestQueue;

  const createQueue = (): RequestQueue =>
    new RequestQueue({
      logger: silent,
      maxInFlightRequests: 1,
      requestTimeout: 1_000,
      enforceRequestTimeout: false,
    });

  const request = (correlationId: number, sent: number[]) => ({
    entry: { correlationId, resolve: () => undefined, reject: () => undefined },
    expectResponse: true,
    sendRequest: () => sent.push(correlationId),
  });

  it('that is closed keeps no listener, however often an outage makes retries disconnect it', async () => {
    type Connection = { socket: Socket; connect(): Promise<unknown>; disconnect(): Promise<unknown> };
    const Connection = repaired('network/connection.js') as new (options: object) => Connection;
    const connection = new Connection({
      host: '127.0.0.1',
      port: 1,
      logger: silent,
      socketFactory: ({ host, port, onConnect }: { host: string; port: number; onConnect: () => void }) =>
        createConnection({ host, port }, onConnect),
      connectionTimeout: 1_000,
      requestTimeout: 1_000,
    });
    await connection.connect().catch(() => undefined);
    await until('the socket is closed', () => connection.socket.destroyed);
    const before = connection.socket.listenerCount('connect');
    for (let times = 0; times < 12; times += 1) await connection.disconnect();
    expect(connection.socket.listenerCount('connect')).to.equal(before);
  });

  it('needs no timer while nothing waits to be sent', () => {
    const clock = sinon.useFakeTimers();
    try {
      const queue = createQueue();
      queue.checkPendingRequests();
      queue.push(request(1, []));
      expect(clock.countTimers()).to.equal(0);
    } finally {
      clock.restore();
    }
  });

  it('looks for late answers with a timer that holds the process only while a request is in flight', () => {
    type Internals = {
      fulfillRequest(answer: object): void;
      isConnected: () => boolean;
      destroy(): void;
      requestTimeoutIntervalId: NodeJS.Timeout;
    };
    const queue = new RequestQueue({
      logger: silent,
      maxInFlightRequests: 1,
      requestTimeout: 60_000,
      enforceRequestTimeout: true,
      isConnected: () => true,
    }) as RequestQueue & Internals;
    const holds = (): boolean => queue.requestTimeoutIntervalId.hasRef();
    queue.scheduleRequestTimeoutCheck();
    const seen = [holds()];
    queue.push(request(1, []));
    queue.push(request(2, []));
    seen.push(holds());
    queue.fulfillRequest({ correlationId: 1, payload: null, size: 0 });
    seen.push(holds());
    queue.fulfillRequest({ correlationId: 2, payload: null, size: 0 });
    seen.push(holds());
    queue.destroy();
    expect(seen).to.deep.equal([false, true, true, false]);
  });

  type Throttled = RequestQueue & { maybeThrottle(ms: number): void; destroy(): void };

  for (const [jump, words] of [
    [50, 'forward by 50 minutes'],
    [-60, 'back by an hour'],
  ] as const)
    it(`waits as long for an answer, and for a throttling broker, when the clock is set ${words}`, () => {
      const clock = sinon.useFakeTimers({ now: Date.UTC(2026, 0, 5, 8) });
      try {
        const queue = new RequestQueue({
          logger: silent,
          maxInFlightRequests: null,
          requestTimeout: 1_000,
          enforceRequestTimeout: true,
          isConnected: () => true,
        }) as Throttled;
        queue.scheduleRequestTimeoutCheck();
        const sent: number[] = [];
        const late: string[] = [];
        const first = request(1, sent);
        const reject = (error: Error) => late.push(error.message);
        queue.push({
          ...first,
          entry: { ...first.entry, reject, apiName: 'Fetch', apiKey: 1, apiVersion: 0 },
        });
        queue.maybeThrottle(200);
        queue.push(request(2, sent));
        clock.setSystemTime(Date.now() + jump * 60_000);
        clock.tick(150);
        expect([sent, late]).to.deep.equal([[1], []]);
        clock.tick(100);
        expect([sent, late]).to.deep.equal([[1, 2], []]);
        clock.tick(1_000);
        expect(late).to.deep.equal(['Request Fetch(key: 1, version: 0) timed out']);
        queue.destroy();
      } finally {
        clock.restore();
      }
    });

  it('still sends what has to wait for an answer', () => {
    const clock = sinon.useFakeTimers();
    try {
      const queue = createQueue() as RequestQueue & { fulfillRequest(answer: object): void };
      const sent: number[] = [];
      queue.push(request(1, sent));
      queue.push(request(2, sent));
      expect(sent).to.deep.equal([1]);
      clock.tick(50);
      expect(sent).to.deep.equal([1]);
      queue.fulfillRequest({ correlationId: 1, payload: null, size: 0 });
      expect(sent).to.deep.equal([1, 2]);
    } finally {
      clock.restore();
    }
  });

  it('ends all its disconnects together, even if its requests are rejected', async () => {
    type Waiting = RequestQueue & {
      waitForPendingRequests(): Promise<void>;
      rejectAll(error: Error): void;
      listenerCount(event: string): number;
    };
    const queue = createQueue() as Waiting;
    queue.push(request(1, []));
    const disconnects = Array.from({ length: 12 }, () => queue.waitForPendingRequests());
    expect(queue.listenerCount('requestQueueEmpty')).to.equal(1);
    queue.rejectAll(new Error('Closed connection'));
    await Promise.all(disconnects);
    expect(queue.listenerCount('requestQueueEmpty')).to.equal(0);
  });

  it('logs in again when 85% of a short session are over, and ten seconds before the end of a long one', () => {
    type Session = { sessionLifetime: { toString(): string }; reauthenticationThreshold: number };
    const Connection = repaired('network/connection.js') as new (options: object) => Session;
    const connection = new Connection({ logger: silent, host: 'one', port: 1 });
    const thresholds = ['0', '6000', '60000', '3600000'].map((lifetime) => {
      connection.sessionLifetime = { toString: () => lifetime };
      return connection.reauthenticationThreshold;
    });
    expect(thresholds).to.deep.equal([0, 900, 9_000, 10_000]);
  });

  it('reads its certificates again for each connection', async () => {
    type Opened = { ssl: object; connect(): Promise<unknown> };
    const Connection = repaired('network/connection.js') as new (options: object) => Opened;
    const certificates = ['old', 'new'];
    const opened: unknown[] = [];
    const connection = new Connection({
      ...{ host: 'one', port: 1, logger: silent, connectionTimeout: 1_000, requestTimeout: 1_000 },
      ssl: { current: () => Promise.resolve({ cert: certificates.shift() }) },
      socketFactory: ({ ssl }: Opened): never => {
        opened.push(ssl);
        throw new Error('no socket');
      },
    });
    await connection.connect().catch(() => undefined);
    await connection.connect().catch(() => undefined);
    expect(opened).to.deep.equal([{ cert: 'old' }, { cert: 'new' }]);
  });

  it('finds seed brokers by name, by IPv4 and by IPv6 address, one after another', async () => {
    type Address = { readonly host: string; readonly port: number };
    const createPoolBuilder = repaired('cluster/connectionPoolBuilder.js') as (options: object) => {
      build(address?: object): Promise<Address>;
    };
    const builder = createPoolBuilder({
      brokers: ['broker-1:9092', '10.0.0.7:9093', '[::1]:9094'],
      logger: silent,
      requestTimeout: 1_000,
    });
    const addresses: unknown[] = [];
    for (let n = 0; n < 4; n += 1) {
      const { host, port } = await builder.build();
      addresses.push([host, port]);
    }
    expect(addresses).to.deep.equal([
      ['broker-1', 9092],
      ['10.0.0.7', 9093],
      ['::1', 9094],
      ['broker-1', 9092],
    ]);
    expect(await builder.build({ host: 'two', port: 1 })).to.include({ host: 'two', port: 1 });
  });

  it('finds them in the client as a whole, whose modules have taken functions out of each other', async () => {
    const client = createKafka({ brokers: ['[::1]:9094'], clientId: 'test' });
    const cluster = client.cluster() as unknown as { connectionPoolBuilder: { build(): Promise<object> } };
    expect(await cluster.connectionPoolBuilder.build()).to.include({ host: '::1', port: 9094 });
  });

  it('opens one socket for requests that begin together', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const Connection = repaired('network/connection.js') as new (options: object) => {
      connect(): Promise<unknown>;
      disconnect(): Promise<unknown>;
    };
    const openSocket = (repaired('network/socketFactory.js') as () => (address: object) => Socket)();
    const opened: Socket[] = [];
    const socketFactory = (address: object): Socket => {
      const socket = openSocket(address);
      opened.push(socket);
      return socket;
    };
    const { port } = server.address() as AddressInfo;
    const connection = new Connection({
      ...{ host: '127.0.0.1', port, logger: silent, socketFactory },
      ...{ connectionTimeout: 1_000, requestTimeout: 1_000 },
    });
    await Promise.all([connection.connect(), connection.connect(), connection.connect()]);
    await connection.disconnect();
    for (const socket of opened) socket.destroy();
    server.close();
    await once(server, 'close');
    expect(opened).to.have.length(1);
  });

  describe('that closes its socket', () => {
    type Closing = {
      requestQueue: { push(request: object): void };
      connect(): Promise<unknown>;
      disconnect(): Promise<unknown>;
      sendAuthRequest(parts: object): Promise<unknown>;
    };
    const Connection = repaired('network/connection.js') as new (options: object) => Closing;
    const peers: Socket[] = [];
    let server: Server;
    let connection: Closing;

    beforeEach(async () => {
      // Takes requests, and never answers.
      server = createServer({ allowHalfOpen: true }, (peer) => peers.push(peer.resume())).listen(
        0,
        '127.0.0.1',
      );
      await once(server, 'listening');
      const { port } = server.address() as AddressInfo;
      connection = new Connection({
        ...{ host: '127.0.0.1', port, logger: silent },
        ...{ connectionTimeout: 1_000, requestTimeout: 60_000 },
        socketFactory: (repaired('network/socketFactory.js') as () => unknown)(),
      });
      await connection.connect();
    });
    afterEach(async () => {
      // Not awaited: without the repair, it never ends.
      void connection.disconnect();
      for (const peer of peers.splice(0)) peer.destroy();
      server.close();
      await once(server, 'close');
    });

    it('rejects a request that comes meanwhile', async () => {
      const closed = connection.disconnect();
      const answer = new Promise((resolve, reject) => {
        const entry = { apiName: 'Metadata', correlationId: 7, resolve, reject };
        connection.requestQueue.push({ entry, expectResponse: true, sendRequest: () => undefined });
      });
      expect(await answer.catch((thrown: unknown) => (thrown as Error).name)).to.equal(
        'KafkaJSConnectionClosedError',
      );
      await closed;
    });

    it('rejects a login that is under way', async () => {
      const request = { encode: () => Promise.resolve(Buffer.from('login')) };
      const login = connection.sendAuthRequest({ request, response: {} });
      await until('the login is received', () => (peers[0]?.bytesRead ?? 0) > 0);
      peers[0]?.resetAndDestroy();
      expect(await login.catch((thrown: unknown) => (thrown as Error).message)).to.equal(
        'Connection closed by the server',
      );
    });
  });
});
