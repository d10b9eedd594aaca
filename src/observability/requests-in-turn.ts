/**
 * Shows Node's HTTP server one request at a time. Node's parser parses a whole packet at once, so thousands of requests in a packet of 64 KB
 * would block the event loop for seconds, even if the connection is destroyed at the first one. So the parser gets one request's head, and the
 * next head only after the answer and a pause. Waiting bytes stay with the client.
 *
 * A request's body never reaches the parser: no page needs one.
 */
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';

export type RequestsInTurn = Duplex & {
  /** True while a request waits for its answer. */
  isBusy(): boolean;
  /** Call this when a request has its answer. */
  answered(): void;
};

/** Probes and scrapers never send their next request so soon over the same connection, so this slows only floods down. */
const PAUSE_MS = 100;
/** A client that sends more requests without waiting for answers is disconnected. */
const MAX_PIPELINED = 4;

const END_OF_HEAD = '\r\n\r\n';
const LINE_ENDS: ReadonlySet<number | undefined> = new Set(Buffer.from('\r\n'));

export const requestsInTurn = (socket: Socket): RequestsInTurn => {
  let held: Buffer = Buffer.alloc(0);
  /** The last bytes of a head that is not complete yet. */
  let tail: Buffer = Buffer.alloc(0);
  let state: 'listening' | 'busy' | 'pausing' = 'listening';
  let [isWanted, pipelined] = [false, 0];
  let pause: NodeJS.Timeout | undefined;

  const pass = (): void => {
    while (isWanted && state === 'listening' && !connection.destroyed) {
      if (held.length === 0) held = (socket.read() as Buffer | null) ?? held;
      if (held.length === 0) {
        if (socket.readableEnded) end();
        return;
      }
      // Skip blank lines before a head: taken for a head of their own, they would never get an answer.
      if (tail.length === 0 && LINE_ENDS.has(held[0])) {
        held = held.subarray(held.findIndex((byte) => !LINE_ENDS.has(byte)) >>> 0);
        continue;
      }
      const found = Buffer.concat([tail, held.subarray(0, END_OF_HEAD.length)]).indexOf(END_OF_HEAD);
      const at = found === -1 ? held.indexOf(END_OF_HEAD) : found - tail.length;
      const bytes = at === -1 ? held : held.subarray(0, at + END_OF_HEAD.length);
      held = held.subarray(bytes.length);
      tail = at === -1 ? Buffer.concat([tail, bytes]).subarray(1 - END_OF_HEAD.length) : Buffer.alloc(0);
      if (at !== -1) state = 'busy';
      isWanted = connection.push(bytes);
    }
  };

  const end = (): void => {
    isWanted = false;
    connection.push(null);
  };

  const duplex = new Duplex({
    read: () => {
      isWanted = true;
      pass();
    },
    write: (bytes: Buffer, _encoding, done) => void socket.write(bytes, done),
    final: (done) => {
      socket.destroySoon();
      done();
    },
    destroy: (_error, done) => {
      clearTimeout(pause);
      socket.destroy();
      done(null);
    },
  });
  const connection = Object.assign(duplex, {
    isBusy: () => state === 'busy',
    answered: () => {
      if (connection.destroyed) return;
      const hasMore = held.length > 0 || socket.readableLength > 0;
      pipelined = hasMore ? pipelined + 1 : 0;
      if (pipelined > MAX_PIPELINED) connection.end();
      state = 'pausing';
      pause = setTimeout(() => {
        state = 'listening';
        pass();
      }, PAUSE_MS);
    },
  });

  socket.on('readable', pass);
  socket.on('end', pass);
  // The HTTP server learns of the error through `close`.
  socket.on('error', () => undefined);
  socket.on('close', () => connection.destroy());
  return connection;
};
