import { connect, createServer } from 'node:net';
import type { Ports } from './server.ts';

const HOST = '127.0.0.1';
const STEP = 100;
const TRIES = 100;
const LOWEST = 12_000;
const BELOW = 32_000;

/** The previous ports if they are free, else the usual ones, else the next free ones in steps of a hundred: 9092, 9192, … */
export const choosePorts = async (usual: Ports, previous: Ports | undefined): Promise<Ports> => {
  if (previous !== undefined && (await areFree(previous))) return previous;
  for (let step = 0; step < TRIES; step += 1) {
    const ports = usual.map((port) => port + step * STEP) as unknown as Ports;
    if (await areFree(ports)) return ports;
  }
  throw new Error(
    `looking for free ports: all of ${usual.join(', ')} and ${TRIES} steps of ${STEP} beyond are taken`,
  );
};

/**
 * Free ports, chosen at random below the range that the system uses for outgoing connections. So if a server is down for a moment, its port
 * stays free.
 */
export const chooseFreePorts = async (count: number): Promise<number[]> => {
  const chosen = new Set<number>();
  for (let tries = 0; chosen.size < count; tries += 1) {
    if (tries > TRIES * count) throw new Error(`looking for ${count} free ports: found ${chosen.size}`);
    const port = LOWEST + Math.floor(Math.random() * (BELOW - LOWEST));
    if (!chosen.has(port) && (await isFree(port))) chosen.add(port);
  }
  return [...chosen];
};

export const isFree = async (port: number): Promise<boolean> =>
  // Binding alone proves nothing: BSD and macOS let two servers share a port if one of them listens on all addresses.
  !(await canConnect(port)) && (await canListen(port));

const areFree = async (ports: Ports): Promise<boolean> => {
  for (const port of ports) if (!(await isFree(port))) return false;
  return true;
};

const canConnect = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host: HOST, port, timeout: 1000 });
    const isTaken = (): void => {
      socket.destroy();
      resolve(true);
    };
    // If a connection hangs, some process has the port, too.
    socket.once('connect', isTaken).once('timeout', isTaken);
    socket.once('error', () => resolve(false));
  });

const canListen = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, HOST, () => server.close(() => resolve(true)));
  });
