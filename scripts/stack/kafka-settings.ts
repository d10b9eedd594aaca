import { type KafkaSecurity, securityLines } from './secured/kafka-security.ts';
import type { Ports } from './server.ts';

/** One broker of a cluster. */
export type KafkaNode = {
  /** From 1 on. */
  readonly id: number;
  /** How many brokers the cluster has. */
  readonly brokers: number;
  /** The ports of the controllers: broker 1's first. A broker whose id is greater than their number is no controller. */
  readonly controllerPorts: readonly number[];
  /**
   * Further listeners, each with the port that it advertises: the port of a proxy, so that clients that came through the proxy keep using
   * it.
   */
  readonly linkedThrough: readonly number[];
};

type Settings = {
  readonly node: KafkaNode;
  readonly ports: Ports;
  readonly data: string;
  readonly security?: KafkaSecurity | undefined;
};

/**
 * `server.properties` of a broker. The ports are: clients', controllers', and one for each link. A secured broker has one more at the end, for
 * clients with a certificate.
 */
export const kafkaSettings = ({ node, ports, data, security }: Settings): string => {
  const voters = node.controllerPorts.map((voter, index) => `${index + 1}@${HOST}:${voter}`);
  const all = listenersOf(node, ports, security);
  const isController = node.id <= node.controllerPorts.length;
  const listeners = isController ? all : all.filter(({ name }) => name !== CONTROLLER);
  const advertised = listeners.filter(({ name }) => name !== CONTROLLER);
  const copies = Math.min(3, node.brokers);
  const inSync = Math.max(1, copies - 1);
  return `\
process.roles=${isController ? 'broker,controller' : 'broker'}
node.id=${node.id}
controller.quorum.voters=${voters.join(',')}
listeners=${listeners.map(({ name, port }) => `${name}://${HOST}:${port}`).join(',')}
advertised.listeners=${advertised.map(({ name, port, tells = port }) => `${name}://${HOST}:${tells}`).join(',')}
listener.security.protocol.map=${all.map(({ name, protocol }) => `${name}:${protocol}`).join(',')}
inter.broker.listener.name=${security === undefined ? CLIENTS : CERTIFIED}
controller.listener.names=${CONTROLLER}
log.dirs=${data}
auto.create.topics.enable=false
group.initial.rebalance.delay.ms=0
# Few partitions for its own topics: the first transaction waits until they all exist.
default.replication.factor=${copies}
min.insync.replicas=${inSync}
offsets.topic.replication.factor=${copies}
offsets.topic.num.partitions=8
transaction.state.log.replication.factor=${copies}
transaction.state.log.min.isr=${inSync}
transaction.state.log.num.partitions=8
share.coordinator.state.topic.replication.factor=${copies}
share.coordinator.state.topic.min.isr=${inSync}
# The default takes 128 MB of the heap.
log.cleaner.dedupe.buffer.size=16777216
${security === undefined ? '' : securityLines(security, saslOf(listeners))}`;
};

const HOST = '127.0.0.1';
const CLIENTS = 'CLIENTS';
const CONTROLLER = 'CONTROLLER';
const CERTIFIED = 'CERTIFIED';

const saslOf = (listeners: readonly Listener[]): string[] =>
  listeners.filter(({ protocol }) => protocol === 'SASL_SSL').map(({ name }) => name);

type Listener = {
  readonly name: string;
  readonly protocol: 'PLAINTEXT' | 'SASL_SSL' | 'SSL';
  readonly port: number;
  /** The advertised port, if it differs. */
  readonly tells?: number;
};

const listenersOf = (
  { linkedThrough }: KafkaNode,
  [port, controllerPort = port + 1, ...others]: Ports,
  security: KafkaSecurity | undefined,
): readonly Listener[] => {
  const clients = security === undefined ? 'PLAINTEXT' : 'SASL_SSL';
  const certified = others[linkedThrough.length] ?? port + 2;
  return [
    { name: CLIENTS, protocol: clients, port },
    { name: CONTROLLER, protocol: security === undefined ? 'PLAINTEXT' : 'SSL', port: controllerPort },
    ...linkedThrough.map(
      (tells, index) =>
        ({
          name: `LINK${index}`,
          protocol: clients,
          port: others[index] ?? 0,
          tells,
        }) as const,
    ),
    ...(security === undefined ? [] : [{ name: CERTIFIED, protocol: 'SSL', port: certified } as const]),
  ];
};
