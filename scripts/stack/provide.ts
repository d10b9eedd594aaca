import { SERVER_VARIABLES } from './env-file.ts';
import { takeDown } from './down.ts';
import type { Progress } from './progress.ts';
import { bringUp } from './up.ts';

export type ProvidedServers = {
  readonly variables: Record<string, string>;
  /** `brought up`: nothing of the stack was running before. */
  readonly stack: 'found' | 'brought up';
  /** Leaves everything as it was found: a stack that was up stays up. */
  readonly release: () => Promise<void>;
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
  const { variables, started } = await bringUp(progress, signal);
  const stack = started.length === Object.keys(variables).length ? 'brought up' : 'found';
  const release = () => (stack === 'found' ? Promise.resolve() : takeDown(progress, { data: 'keep' }));
  return { variables, stack, release };
};
