/**
 * A stream to a file or device that writes everything or fails. Node's own stream treats a short write as complete, so on a full disk it
 * would cut the last line without an error.
 */
import { fstatSync, writeSync } from 'node:fs';
import { Writable } from 'node:stream';
import type { OutletStream } from './outlet.ts';

/** Returns the stream itself if it is a pipe or a terminal, otherwise a stream to the same file that writes everything. */
export const withWholeWrites = (stream: NodeJS.WriteStream & { readonly fd: number }): OutletStream =>
  stream.isTTY || isPipe(stream.fd) ? stream : createFileStream(stream.fd);

type Write = (fd: number, bytes: Uint8Array, offset: number) => number;

export const createFileStream = (fd: number, write: Write = writeSync): Writable =>
  new Writable({
    decodeStrings: true,
    write: (bytes: Buffer, _encoding, done) => {
      try {
        for (let at = 0; at < bytes.length;) at += write(fd, bytes, at);
      } catch (error) {
        done(error as Error);
        return;
      }
      done();
    },
  });

/**
 * Asks for bigints, because of a defect in Node 20 and 22. They keep the last answer in numbers in memory that their module loader reads,
 * too. After the answer for a pipe, the loader does not resolve the next symbolic link, and loads the package behind it a second time.
 */
const isPipe = (fd: number): boolean => {
  try {
    const found = fstatSync(fd, { bigint: true });
    return found.isFIFO() || found.isSocket();
  } catch {
    // The descriptor is closed, for example by `>&-`: use Node's stream, which fails by itself.
    return true;
  }
};
