import { expect } from 'chai';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import sinon from 'sinon';
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
    const found: unknown[] = [];
    for (let n = 0; n < 4; n += 1) {
      const { host, port } = await builder.build();
      found.push([host, port]);
    }
    expect(found).to.deep.equal([
      ['broker-1', 9092],
      ['10.0.0.7', 9093],
      ['::1', 9094],
      ['broker-1', 9092],
    ]);
    expect(await builder.build({ host: 'two', port: 1 })).to.include({ host: 'two', port: 1 });
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
});
