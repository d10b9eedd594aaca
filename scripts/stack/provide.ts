import { takeDown } from './down.ts';
import { SERVER_VARIABLES } from './env-file.ts';
import { createOpenStack } from './open-stack.ts';
import type { Progress } from './progress.ts';
import { createSecuredStack } from './secured/secured-stack.ts';
import { bringUp } from './up.ts';

export type ProvidedServers = {
  readonly variables: Record<string, string>;
  /** `brought up`: nothing of the stack was running before. */
  readonly stack: 'found' | 'brought up';
  /** Leaves everything as it was found: a stack that was up stays up. */
  readonly release: () => Promise<void>;
};

/** Starts this checkout's secured stack if it is down. `release` stops it again, unless it was up before. */
export const provideSecuredStack = async (
  progress: Progress,
  signal: AbortSignal,
): Promise<{ readonly release: () => Promise<void> }> => {
  const secured = createSecuredStack(progress);
  const { started } = await bringUp(secured, progress, signal);
  return {
    release: () =>
      started.length < secured.servers.length
        ? Promise.resolve()
        : takeDown(secured, progress, { data: 'keep' }),
  };
};

/** The servers that the environment names, if it names all three; else this checkout's stack, brought up if need be. */
export const provideServers = async (progress: Progress, signal: AbortSignal): Promise<ProvidedServers> => {
  const named = SERVER_VARIABLES.flatMap((name) =>
    process.env[name] ? [[name, process.env[name]] as const] : [],
  );
  if (named.length === SERVER_VARIABLES.length) {
    progress.say(`Using the servers that ${SERVER_VARIABLES.join(', ')} name.`);
    return { variables: Object.fromEntries(named), stack: 'found', release: () => Promise.resolve() };
  }
  const open = createOpenStack(progress);
  const { variables, started } = await bringUp(open, progress, signal);
  const stack = started.length === open.servers.length ? 'brought up' : 'found';
  const release = () => (stack === 'found' ? Promise.resolve() : takeDown(open, progress, { data: 'keep' }));
  return { variables, stack, release };
};
