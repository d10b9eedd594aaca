/**
 * Saves a state together with raw memory. The file gets its name only when it is complete and on disk. So even if the process is killed,
 * the name leads to the new checkpoint or to the previous one.
 */
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { deserialize, serialize } from 'node:v8';
import { crc32 } from 'node:zlib';

/** The state's length, and a checksum of everything after the header. */
const HEADER_BYTES = 8;

/** @param state anything that can be cloned */
export const writeCheckpoint = (path: string, state: unknown, memory: readonly Uint8Array[]): void => {
  const partial = `${path}.partial`;
  const file = openSync(partial, 'w');
  try {
    const written = serialize(state);
    const header = Buffer.alloc(HEADER_BYTES);
    header.writeUInt32LE(written.length);
    header.writeUInt32LE(
      [written, ...memory].reduce((sum, part) => crc32(part, sum), 0),
      4,
    );
    for (const part of [header, written, ...memory]) writeWhole(file, part);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(partial, path);
};

/** Fills the memory and returns the state; undefined if there is no such file. Throws if the file is damaged or cut off. */
export const readCheckpoint = (path: string, memory: readonly Uint8Array[]): unknown => {
  if (!existsSync(path)) return undefined;
  const bytes = readFileSync(path);
  const memoryLength = memory.reduce((sum, { length }) => sum + length, 0);
  let at = bytes.length - memoryLength;
  if (at < HEADER_BYTES || HEADER_BYTES + bytes.readUInt32LE() !== at) throw new Error(`${path} was cut off`);
  if (crc32(bytes.subarray(HEADER_BYTES)) !== bytes.readUInt32LE(4)) throw new Error(`${path} is damaged`);
  const state: unknown = deserialize(bytes.subarray(HEADER_BYTES, at));
  for (const part of memory) {
    part.set(bytes.subarray(at, at + part.length));
    at += part.length;
  }
  return state;
};

const writeWhole = (file: number, bytes: Uint8Array): void => {
  for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at);
};
