/** Writes data to stdout and everything else to stderr, so that a pipe gets only data. */
import pc from 'picocolors';
import { COLORS, NO_COLORS, type Colors } from './colors.ts';
import { outletOf, type OutletStream } from './outlet.ts';

export type Output = {
  /** True: print data as JSON, one object a line. */
  readonly json: boolean;
  readonly colors: Colors;
  /** True if stderr is a terminal, so that a person can see progress. */
  readonly watched: boolean;
  /** True if stdout is a terminal: data would then disturb a progress bar. */
  readonly onScreen: boolean;
  /** Writes a line of data. Resolves when the reader keeps up, or has left. */
  line(text: string): Promise<void>;
  /** Replaces everything on the screen by these lines. If stdout is no terminal, only writes them. */
  redraw(text: string): Promise<void>;
  /** Writes an object of data as one line of JSON. */
  record(value: object): Promise<void>;
  /** Writes a line for people, to stderr. */
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
    redraw: (text) => {
      stdout.clear();
      return line(text);
    },
    record: (value) => line(JSON.stringify(value)),
    note: (text) => void stderr.write(`${text}\n`),
  };
};
