import type { Ports } from './server.ts';

/** One broker among those of its cluster. */
export type KafkaNode = {
  /** From 1 on. */
  readonly id: number;
  /** How many brokers the cluster has. */
  readonly brokers: number;
  /** The ports of the controllers: broker 1's first. A broker whose id is greater than their number is no controller. */
  readonly controllerPorts: readonly number[];
  /**
   * Listeners beside the one that clients use first, each with the port it tells its clients to come back to: a proxy's, so that
   * whoever came through the proxy stays behind it.
   */
  readonly linkedThrough: readonly number[];
};

/** `server.properties` of a broker whose ports are: clients', controller's, and one for each link. */
export const kafkaSettings = ({
  node,
  ports: [port, controllerPort = port + 1, ...linkPorts],
  data,
}: {
  node: KafkaNode;
  ports: Ports;
  data: string;
}): string => {
  const voters = node.controllerPorts.map((voter, index) => `${index + 1}@${HOST}:${voter}`);
  const links = linkPorts.map((linkPort, index) => `LINK${index}://${HOST}:${linkPort}`);
  const advertised = node.linkedThrough.map((proxyPort, index) => `LINK${index}://${HOST}:${proxyPort}`);
  const names = ['PLAINTEXT', 'CONTROLLER', ...links.map((_, index) => `LINK${index}`)];
  const controller = node.id <= node.controllerPorts.length ? [`CONTROLLER://${HOST}:${controllerPort}`] : [];
  const copies = Math.min(3, node.brokers);
  const inSync = Math.max(1, copies - 1);
  return `\
process.roles=${controller.length > 0 ? 'broker,controller' : 'broker'}
node.id=${node.id}
controller.quorum.voters=${voters.join(',')}
listeners=${[`PLAINTEXT://${HOST}:${port}`, ...controller, ...links].join(',')}
advertised.listeners=${[`PLAINTEXT://${HOST}:${port}`, ...advertised].join(',')}
listener.security.protocol.map=${names.map((name) => `${name}:PLAINTEXT`).join(',')}
inter.broker.listener.name=PLAINTEXT
controller.listener.names=CONTROLLER
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
`;
};

const HOST = '127.0.0.1';
