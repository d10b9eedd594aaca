/**
 * A state, and memory as it is, in a file that takes its name when it is complete and on the disk: whenever the process ends, the
 * file is the last one or the one before.
 */
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { deserialize, serialize } from 'node:v8';

const LENGTH_BYTES = 4;

/** @param state anything that can be cloned */
export const writeCheckpoint = (path: string, state: unknown, memory: readonly Uint8Array[]): void => {
  const partial = `${path}.partial`;
  const file = openSync(partial, 'w');
  try {
    const written = serialize(state);
    const length = Buffer.alloc(LENGTH_BYTES);
    length.writeUInt32LE(written.length);
    for (const part of [length, written, ...memory]) writeWhole(file, part);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(partial, path);
};

/** Fills the memory, and returns the state; undefined where no such file is. Throws where the file holds another amount of memory. */
export const readCheckpoint = (path: string, memory: readonly Uint8Array[]): unknown => {
  if (!existsSync(path)) return undefined;
  const bytes = readFileSync(path);
  let at = LENGTH_BYTES + bytes.readUInt32LE();
  const state: unknown = deserialize(bytes.subarray(LENGTH_BYTES, at));
  const expected = memory.reduce((sum, { length }) => sum + length, at);
  if (expected !== bytes.length) throw new Error(`${path} was written by another version`);
  for (const part of memory) {
    part.set(bytes.subarray(at, at + part.length));
    at += part.length;
  }
  return state;
};

const writeWhole = (file: number, bytes: Uint8Array): void => {
  for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at);
};
