/**
 * Real Kafka, PostgreSQL and a registry that a test or run may kill, freeze and restore. They have a given folder and free ports, apart
 * from the checkout's stack. A server is up when its promise resolves; if the promise rejects, nothing is left running.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createKafka, newClusterId } from './kafka.ts';
import { createOwnServer, type OwnServer } from './own-server.ts';
import { chooseFreePorts } from './ports.ts';
import { createPostgres } from './postgres.ts';
import type { Progress } from './progress.ts';
import { createRegistry } from './registry.ts';
import type { Server } from './server.ts';

export type OwnServerOptions = {
  readonly folder: string;
  readonly progress: Progress;
  /** Aborts a start. Running servers are ended by `stop`, or when this process ends. */
  readonly signal: AbortSignal;
};

export type OwnKafka = {
  readonly variables: Record<string, string>;
  /** Broker 1 comes first. Each broker can be killed by itself. */
  readonly brokers: readonly OwnServer[];
  /** The ports of each link's listeners, broker 1's first: the proxy of that link and broker must lead to this port. */
  readonly linkPorts: readonly (readonly number[])[];
  readonly stop: (data: 'keep' | 'wipe') => Promise<void>;
};

export type OwnKafkaOptions = OwnServerOptions & {
  /**
   * With three, every topic has three copies and a write needs two of them; each broker is a controller, and any of them may go away.
   * With two, every topic has two copies and a write needs one; only the first is a controller, so that the second may go away.
   */
  readonly brokers: 1 | 2 | 3;
  /**
   * For each link, the ports of the proxies through which its clients come: one for each broker. Clients that enter through a
   * link are sent back through it.
   */
  readonly links?: readonly (readonly number[])[];
};

export const startOwnKafka = async ({
  folder,
  brokers: count,
  links = [],
  progress,
  signal,
}: OwnKafkaOptions): Promise<OwnKafka> => {
  const each = 2 + links.length;
  const free = await chooseFreePorts(count * each);
  const portsOf = (index: number): number[] => free.slice(index * each, (index + 1) * each);
  const nodes = Array.from({ length: count }, (_, index) => index);
  // With two controllers, there is no majority if one of them stops.
  const controllers = count === 2 ? 1 : count;
  const controllerPorts = nodes.slice(0, controllers).map((index) => portsOf(index)[1] ?? 0);
  const clusterId = newClusterId();
  const brokers = nodes.map((index) => {
    const own = join(folder, `kafka-${index + 1}`);
    const linkedThrough = links.map((proxies) => proxies[index] ?? 0);
    const node = { id: index + 1, brokers: count, controllerPorts, linkedThrough };
    const server = createKafka({
      folder: own,
      progress,
      node,
      clusterId,
      heap: count === 1 ? '768m' : '384m',
    });
    const [port = 0, ...others] = portsOf(index);
    return { server, own: createOwnServer(server, { ports: [port, ...others], folder: own, signal }) };
  });
  await startTogether(brokers, signal);
  const servers = brokers.map(({ own }) => own);
  return {
    variables: { KAFKA_BROKERS: servers.map(({ ports }) => `127.0.0.1:${ports[0]}`).join(',') },
    brokers: servers,
    linkPorts: links.map((_, link) => servers.map(({ ports }) => ports[2 + link] ?? 0)),
    stop: async (data) => {
      await Promise.all(servers.map((server) => server.stop(data)));
    },
  };
};

export const startOwnPostgres = async ({
  folder,
  progress,
  signal,
}: OwnServerOptions): Promise<OwnServer> => {
  // The folder must exist before `canEnter` can test it.
  mkdirSync(folder, { recursive: true });
  return startAlone(createPostgres({ folder: join(folder, 'postgres'), progress }), { folder, signal });
};

export const startOwnRegistry = async ({ folder, progress, signal }: OwnServerOptions): Promise<OwnServer> =>
  startAlone(createRegistry({ atRestart: 'lost', folder: join(folder, 'registry'), progress }), {
    folder,
    signal,
  });

const startAlone = async (
  server: Server,
  { folder, signal }: { folder: string; signal: AbortSignal },
): Promise<OwnServer> => {
  const [port = 0] = await chooseFreePorts(1);
  const own = createOwnServer(server, { ports: [port], folder, signal });
  await startTogether([{ server, own }], signal);
  return own;
};

/** Starts the brokers together, because a cluster answers only when most of its brokers run. */
const startTogether = async (
  starting: readonly { server: Server; own: OwnServer }[],
  signal: AbortSignal,
): Promise<void> => {
  for (const { server } of starting) await server.obtain(signal);
  const outcomes = await Promise.allSettled(starting.map(({ own }) => own.start()));
  const failure = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failure === undefined) return;
  await Promise.all(starting.map(({ own }) => own.stop('keep')));
  throw failure.reason;
};
