/**
 * The development stack: real Kafka, a real schema registry and real PostgreSQL, as processes of this machine: `npm run stack -- --help`.
 */
import { parseArgs } from 'node:util';
import { takeDown } from './stack/down.ts';
import { Interrupted, onInterruption } from './stack/interruption.ts';
import { createOpenStack } from './stack/open-stack.ts';
import { createProgress } from './stack/progress.ts';
import { createSecuredStack, isSecuredStackThere } from './stack/secured/secured-stack.ts';
import type { Stack } from './stack/stack.ts';
import { describeStack } from './stack/status.ts';
import { bringUp } from './stack/up.ts';

const progress = createProgress(process.stderr);

type Flags = { readonly wipe?: boolean | undefined; readonly secure?: boolean | undefined };

const commands: Record<string, (flags: Flags) => Promise<number>> = {
  up: async ({ secure }) => {
    const stack = secure === true ? createSecuredStack(progress) : createOpenStack(progress);
    await bringUp(stack, progress, onInterruption());
    return 0;
  },
  down: async ({ wipe, secure }) => {
    const stacks = chosen(secure);
    if (stacks.length === 0) progress.say(NONE);
    for (const stack of stacks) await takeDown(stack, progress, { data: wipe === true ? 'wipe' : 'keep' });
    return 0;
  },
  status: async ({ secure }) => {
    const described = await Promise.all(chosen(secure).map(describeStack));
    for (const { table } of described) process.stdout.write(`${table}\n`);
    if (described.length === 0) progress.say(NONE);
    // If the open stack is requested, its state decides.
    return described[0]?.complete === true ? 0 : 1;
  },
};

/** Both stacks, or with `--secure` only the secured one. A stack that was never started is omitted. */
const chosen = (secure: boolean | undefined): readonly Stack[] => [
  ...(secure === true ? [] : [createOpenStack(progress)]),
  ...(isSecuredStackThere() ? [createSecuredStack(progress)] : []),
];

const NONE = 'There is no secured stack; npm run stack -- up --secure starts one.';

const USAGE = `\
npm run stack -- up                starts what is not running, and waits until all of it answers
npm run stack -- up --secure       starts the secured stack, beside the open one: TLS, logins, and least rights for each principal
npm run stack -- status            what runs where
npm run stack -- down [--wipe]     ends what it started; with --wipe the data goes too

status and down mean both stacks; with --secure, the secured one alone.
Kafka takes SASL_SSL (SCRAM-SHA-512) and mTLS there, the registry basic authentication over TLS, Postgres TLS only. To work as one of
its principals (owner, processor, upstream, downstream, operator; admin may do everything):

  set -a; . .stack/secure/processor.env; set +a      (by certificate: processor.by-certificate.env)
  node dist/cli/main.js serve
`;

const readArguments = () => {
  try {
    return parseArgs({
      options: {
        wipe: { type: 'boolean' },
        secure: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
      allowPositionals: true,
    });
  } catch {
    return { values: {}, positionals: [] };
  }
};

const run = async (): Promise<number> => {
  const { values, positionals } = readArguments();
  if (values.help === true) {
    process.stdout.write(USAGE);
    return 0;
  }
  const command = positionals.length === 1 ? commands[positionals[0] ?? ''] : undefined;
  if (command !== undefined) return command(values);
  process.stderr.write(USAGE);
  return 64;
};

try {
  process.exitCode = await run();
} catch (error) {
  progress.say(
    error instanceof Interrupted ? 'Interrupted: what had been started is ended again.' : String(error),
  );
  process.exitCode = error instanceof Interrupted ? 130 : 1;
}
