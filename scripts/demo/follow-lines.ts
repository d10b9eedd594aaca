import { closeSync, openSync, readSync } from 'node:fs';

const LOOK_EVERY_MS = 100;

/** Passes on each line that is added to a file, and those that it has. The file need not exist yet. */
export const followLines = (file: string, take: (line: string) => void): { stop(): void } => {
  let position = 0;
  let begun = '';
  const look = (): void => {
    const added = readFrom(file, position);
    position += added.length;
    const lines = (begun + added.toString('utf8')).split('\n');
    begun = lines.pop() ?? '';
    for (const line of lines) take(line);
  };
  const timer = setInterval(look, LOOK_EVERY_MS);
  return {
    stop: () => {
      clearInterval(timer);
      look();
    },
  };
};

const readFrom = (file: string, position: number): Buffer => {
  let descriptor: number;
  try {
    descriptor = openSync(file, 'r');
  } catch {
    return Buffer.alloc(0);
  }
  try {
    const buffer = Buffer.alloc(1_048_576);
    return buffer.subarray(0, readSync(descriptor, buffer, 0, buffer.length, position));
  } finally {
    closeSync(descriptor);
  }
};
