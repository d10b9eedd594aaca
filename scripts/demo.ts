/**
 * A month of coffee runs, on real servers, in a minute: `npm run demo -- --help`.
 */
import { join } from 'node:path';
import pc from 'picocolors';
import { createDatabase } from './demo/database.ts';
import { play } from './demo/play.ts';
import { removeSandbox } from './demo/remove-sandbox.ts';
import { tellWhatIsNext, tellWhereEverythingIs } from './demo/report.ts';
import { createRunclose } from './demo/runclose.ts';
import { createSandbox, recordedSandbox, recordSandbox } from './demo/sandbox.ts';
import type { Sandbox } from './demo/sandbox.ts';
import { createDemoServe } from './demo/serve.ts';
import { createStory } from './demo/story.ts';
import { readOptions, USAGE } from './demo/options.ts';
import { withLock } from './lock.mjs';
import type { ProcessIdentity } from './process-identity.mjs';
import { takeDown } from './stack/down.ts';
import { createOpenStack } from './stack/open-stack.ts';
import { stackFolder } from './stack/folders.ts';
import { onInterruption, onReaderLeft } from './stack/interruption.ts';
import { createProgress } from './stack/progress.ts';
import { provideServers } from './stack/provide.ts';

const progress = createProgress(process.stderr);
const interrupted = onInterruption();
const readerLeft = onReaderLeft(process.stdout);
const signal = AbortSignal.any([interrupted, readerLeft]);

/** Ends and removes a demo that was kept, or that a killed run has left. */
const removeFormer = async (): Promise<Sandbox | undefined> => {
  const former = recordedSandbox();
  if (former !== undefined) {
    progress.say(`Removing ${former.name}, which was left running…`);
    await removeSandbox(former, progress);
  }
  return former;
};

const stop = async (): Promise<number> => {
  const former = await removeFormer();
  if (former?.stack === 'brought up') await takeDown(createOpenStack(progress), progress, { data: 'keep' });
  return 0;
};

const show = async ({
  afterwards,
  color,
}: {
  afterwards: 'remove' | 'keep';
  color: boolean;
}): Promise<number> => {
  const servers = await provideServers(progress, signal);
  // If the former demo brought the stack up, this demo takes it down.
  const stack = (await removeFormer())?.stack === 'brought up' ? 'brought up' : servers.stack;
  let sandbox = await createSandbox(servers.variables, stack);
  let state: 'to be removed' | 'kept' = 'to be removed';
  recordSandbox(sandbox);
  try {
    await createDatabase(sandbox.databaseUrl, sandbox.database);
    const { variables } = sandbox;
    const story = createStory(process.stdout, { color });
    const runclose = createRunclose({ variables, signal });
    const onStarted = (serve: ProcessIdentity): void => {
      sandbox = { ...sandbox, serve };
      recordSandbox(sandbox);
    };
    const serve = createDemoServe({ variables, signal, onStarted });
    const right = await play({ variables, runclose, serve, story, signal });
    if (afterwards === 'keep') {
      state = 'kept';
      tellWhereEverythingIs(sandbox, story);
    } else tellWhatIsNext(story);
    return right ? 0 : 1;
  } finally {
    if (state !== 'kept') {
      await removeSandbox(sandbox, progress);
      if (stack === 'brought up') await takeDown(createOpenStack(progress), progress, { data: 'keep' });
    }
  }
};

/** While this waits for another demo, there is nothing to clean up. */
const leave = (): void => process.exit(130);

const run = async (): Promise<number> => {
  const options = readOptions(process.argv.slice(2));
  if (options === undefined) {
    process.stderr.write(USAGE);
    return 64;
  }
  const { then, color } = options;
  if (then === 'only help') {
    process.stdout.write(USAGE);
    return 0;
  }
  const colored = color === 'wanted' && pc.isColorSupported && process.stdout.isTTY;
  if (!colored) process.env['NO_COLOR'] = '1';
  const work = (): Promise<number> => {
    signal.removeEventListener('abort', leave);
    return then === 'only remove' ? stop() : show({ afterwards: then, color: colored });
  };
  return withLock(join(stackFolder, 'locks/demo'), work, (holder) => {
    progress.say(`Waiting for process ${holder}, which is showing the demo…`);
    signal.addEventListener('abort', leave);
  });
};

try {
  process.exitCode = await run();
} catch (error) {
  progress.say(signal.aborted ? 'Interrupted: what the demo had made is removed.' : String(error));
  // If the reader leaves early, as `| head` does, that is no failure.
  process.exitCode = interrupted.aborted ? 130 : readerLeft.aborted ? 0 : 1;
}
