/** Data goes to stdout, everything else to stderr, so that a pipe carries data only. */
import pc from 'picocolors';
import { COLORS, NO_COLORS, type Colors } from './colors.ts';
import { outletOf, type OutletStream } from './outlet.ts';

export type Output = {
  /** Whether data is to be JSON, one object a line. */
  readonly json: boolean;
  readonly colors: Colors;
  /** Whether a person watches stderr, and would like to see progress. */
  readonly watched: boolean;
  /** Whether data goes to a screen too, and so would disturb a progress bar. */
  readonly onScreen: boolean;
  /** A line of data. Resolves when the reader keeps up, or has left. */
  line(text: string): Promise<void>;
  /** An object of data, as one line of JSON. */
  record(value: object): Promise<void>;
  /** A line for whoever watches. */
  note(text: string): void;
};

export type { Colors } from './colors.ts';

export type Streams = { readonly stdout: OutletStream; readonly stderr: OutletStream };

export type OutputOptions = { readonly json?: boolean; readonly color?: boolean };

export const createOutput = (streams: Streams, { json = false, color = true }: OutputOptions): Output => {
  const [stdout, stderr] = [outletOf(streams.stdout), outletOf(streams.stderr)];
  const line = (text: string): Promise<void> => stdout.write(`${text}\n`);
  return {
    json,
    colors: color && pc.isColorSupported && stdout.isTTY ? COLORS : NO_COLORS,
    watched: stderr.isTTY,
    onScreen: stdout.isTTY,
    line,
    record: (value) => line(JSON.stringify(value)),
    note: (text) => void stderr.write(`${text}\n`),
  };
};
