import { createConversation } from '../proxy/conversation.ts';
import { createFaults, type Fault, type Injected } from '../proxy/faults.ts';
import { createLink, type Link } from '../proxy/link.ts';
import { HERE, startTcpProxy, type Address, type Carrier, type TcpProxy } from '../proxy/tcp-proxy.ts';
import { kafkaBrokers } from '../topics.ts';
import { relocateBrokers } from './broker-addresses.ts';
import { createFrameReader } from './frame-reader.ts';
import { readRequest, type KafkaRequest } from './request.ts';

export type KafkaProxy = {
  /** The proxy's addresses, in the form of KAFKA_BROKERS. */
  readonly brokers: string;
  readonly link: Link;
  inject(fault: Fault<KafkaRequest>): Injected;
  /** Closes the proxy. Fails if it could not understand a message. */
  close(): Promise<void>;
};

/** Starts a proxy in front of a whole cluster that understands the requests of kafkajs. No TLS. */
export const startKafkaProxy = async (brokers: readonly string[] = kafkaBrokers()): Promise<KafkaProxy> => {
  const link = createLink();
  const faults = createFaults<KafkaRequest>();
  const proxies = new Map<string, Promise<TcpProxy>>();
  const problems: unknown[] = [];

  const proxyOf = (broker: Address): Promise<TcpProxy> => {
    const name = `${broker.host}:${String(broker.port)}`;
    const proxy = proxies.get(name) ?? startTcpProxy(broker, { link, carry });
    proxies.set(name, proxy);
    return proxy;
  };
  const relocate = async (broker: Address): Promise<Address> => ({
    host: HERE,
    port: (await proxyOf(broker)).port,
  });

  const carry: Carrier = (client, server) => {
    const requests = createFrameReader();
    const answers = createFrameReader();
    const { obey, follow } = createConversation(client, server, (problem) => problems.push(problem));
    const pending = new Map<number, { request: KafkaRequest; fault: Fault<KafkaRequest> | undefined }>();

    const ask = async (frame: Buffer): Promise<void> => {
      const request = readRequest(frame, () => client.destroy());
      const fault = faults.metBy(request);
      const verdict = (await fault?.question?.(request)) ?? 'forward';
      obey(verdict, () => {
        pending.set(request.correlationId, { request, fault });
        server.write(frame);
      });
    };
    const reply = async (frame: Buffer): Promise<void> => {
      const correlationId = frame.readInt32BE(4);
      const question = pending.get(correlationId);
      if (question === undefined) throw new Error(`nobody has asked for answer ${String(correlationId)}`);
      pending.delete(correlationId);
      const { request, fault } = question;
      const answer = await relocateBrokers(request, frame, relocate);
      const verdict = (await fault?.answer?.(request, answer)) ?? 'forward';
      obey(verdict, () => client.write(answer));
    };

    client.on('data', (chunk: Buffer) => {
      for (const frame of requests(chunk)) follow(ask(frame));
    });
    server.on('data', (chunk: Buffer) => {
      for (const frame of answers(chunk)) follow(reply(frame));
    });
  };

  const first = await Promise.all(
    brokers.map((broker) => {
      const [host = '', port] = broker.split(':');
      return proxyOf({ host, port: Number(port) });
    }),
  );
  return {
    brokers: first.map(({ port }) => `${HERE}:${String(port)}`).join(','),
    link,
    inject: faults.inject,
    close: async () => {
      await Promise.all([...proxies.values()].map(async (proxy) => (await proxy).close()));
      if (problems.length > 0) throw new AggregateError(problems, 'what passed the Kafka proxy');
    },
  };
};
