import { PassThrough, Readable, Writable } from 'node:stream';
import { commandsOf } from '../../src/cli/commands.ts';
import type { World } from '../../src/cli/frame/cli.ts';
import { run, type AddCommand } from '../../src/cli/frame/run.ts';

export type Ran = { readonly exitCode: number; readonly stdout: string; readonly stderr: string };

export type RunOptions = {
  readonly env?: World['env'];
  readonly stdin?: string;
  readonly interrupted?: AbortSignal;
};

/** Runs a command line in this process, with streams of its own. */
export const runHere = async (
  args: readonly string[],
  commands: readonly AddCommand[],
  { env = {}, stdin = '', interrupted = new AbortController().signal }: RunOptions = {},
): Promise<Ran> => {
  const [stdout, stderr] = [collecting(), collecting()];
  const world = {
    env,
    stdin: Readable.from([stdin]),
    stdout: stdout.stream,
    stderr: stderr.stream,
    interrupted,
  };
  const exitCode = await run(args, world, commands);
  return { exitCode, stdout: stdout.text(), stderr: stderr.text() };
};

/** The same with the real commands. */
export const runcloseHere = async (args: readonly string[], options?: RunOptions): Promise<Ran> =>
  runHere(args, await commandsOf(args), options);

const collecting = (): { stream: Writable; text: () => string } => {
  const chunks: string[] = [];
  const stream = new PassThrough();
  stream.on('data', (chunk: Buffer) => chunks.push(chunk.toString()));
  return { stream, text: () => chunks.join('') };
};
