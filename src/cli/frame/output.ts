/** Data goes to stdout, everything else to stderr, so that a pipe carries data only. */
import type { Writable } from 'node:stream';
import pc from 'picocolors';

export type Output = {
  /** Whether data is to be JSON, one object a line. */
  readonly json: boolean;
  readonly colors: Colors;
  /** Whether a person watches stderr, and would like to see progress. */
  readonly watched: boolean;
  /** Whether data goes to a screen too, and so would disturb a progress bar. */
  readonly onScreen: boolean;
  /** A line of data. Resolves when the reader keeps up. */
  line(text: string): Promise<void>;
  /** An object of data, as one line of JSON. */
  record(value: object): Promise<void>;
  /** A line for whoever watches. */
  note(text: string): void;
};

export type Colors = ReturnType<typeof pc.createColors>;

export type Streams = {
  readonly stdout: Writable & { readonly isTTY?: boolean };
  readonly stderr: Writable & { readonly isTTY?: boolean };
};

export type OutputOptions = { readonly json?: boolean; readonly color?: boolean };

export const createOutput = (
  { stdout, stderr }: Streams,
  { json = false, color = true }: OutputOptions,
): Output => {
  const line = (text: string): Promise<void> =>
    stdout.write(`${text}\n`)
      ? Promise.resolve()
      : new Promise((resolve) => {
          stdout.once('drain', resolve);
        });
  return {
    json,
    colors: pc.createColors(color && pc.isColorSupported && stdout.isTTY === true),
    watched: stderr.isTTY === true,
    onScreen: stdout.isTTY === true,
    line,
    record: (value) => line(JSON.stringify(value)),
    note: (text) => void stderr.write(`${text}\n`),
  };
};
