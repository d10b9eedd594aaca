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
  /** Writes data: with `--json` as objects, one a line, otherwise as a text. */
  print(data: Data): Promise<void>;
  /** Writes a line for people, to stderr. */
  note(text: string): void;
};

/** Data in both its forms. Only the one that is printed is made. */
export type Data = {
  readonly json: () => object | readonly object[];
  readonly text: (colors: Colors) => string;
};

export type { Colors } from './colors.ts';

export type Streams = { readonly stdout: OutletStream; readonly stderr: OutletStream };

export type OutputOptions = { readonly json?: boolean; readonly color?: boolean };

export const createOutput = (streams: Streams, { json = false, color = true }: OutputOptions): Output => {
  const [stdout, stderr] = [outletOf(streams.stdout), outletOf(streams.stderr)];
  const colors = color && pc.isColorSupported && stdout.isTTY ? COLORS : NO_COLORS;
  const line = (text: string): Promise<void> => stdout.write(`${text}\n`);
  const record = (value: object): Promise<void> => line(JSON.stringify(value));
  return {
    json,
    colors,
    watched: stderr.isTTY,
    onScreen: stdout.isTTY,
    line,
    redraw: (text) => {
      stdout.clear();
      return line(text);
    },
    record,
    print: async (data) => {
      if (!json) return line(data.text(colors));
      for (const each of [data.json()].flat()) await record(each);
    },
    note: (text) => void stderr.write(`${text}\n`),
  };
};
