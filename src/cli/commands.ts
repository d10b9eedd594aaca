import { loadNamed, type LoadCommand } from './frame/loading.ts';
import type { AddCommand } from './frame/run.ts';

/** Every command, in the order that help lists them. */
const COMMANDS: Readonly<Record<string, LoadCommand>> = {
  serve: async () => (await import('./serve.ts')).createServe(),
  setup: async () => (await import('./setup.ts')).setup,
  request: async () => (await import('./request.ts')).request,
  preview: async () => (await import('./preview.ts')).preview,
  tail: async () => (await import('./tail.ts')).tail,
  explain: async () => (await import('./explain.ts')).explain,
  fairness: async () => (await import('./fairness.ts')).fairness,
  status: async () => (await import('./status.ts')).status,
  channel: async () => (await import('./channel.ts')).channel,
  'adopt-cluster': async () => (await import('./adopt-cluster.ts')).adoptCluster,
  'adopt-topics': async () => (await import('./adopt-topics.ts')).adoptTopics,
  'accept-gap': async () => (await import('./accept-gap.ts')).acceptGap,
  skip: async () => (await import('./skip.ts')).skip,
  config: async () => (await import('./config.ts')).config,
  health: async () => (await import('./health.ts')).health,
  doctor: async () => (await import('./doctor.ts')).doctor,
  replay: async (args) => (await import('./replay.ts')).createReplay(args),
  dlq: async () => (await import('./dlq.ts')).dlq,
  purge: async () => (await import('./purge.ts')).purge,
  forget: async () => (await import('./forget.ts')).forget,
};

/** Loads the commands that a command line needs. */
export const commandsOf = (args: readonly string[]): Promise<readonly AddCommand[]> =>
  loadNamed(COMMANDS, args);
