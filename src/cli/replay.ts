import { loadNamed, type LoadCommand } from './frame/loading.ts';
import type { AddCommand } from './frame/run.ts';

const COMMANDS: Readonly<Record<string, LoadCommand>> = {
  verify: async () => (await import('./replay/verify.ts')).replayVerify,
  rebuild: async () => (await import('./replay/rebuild.ts')).replayRebuild,
  export: async () => (await import('./replay/export.ts')).replayExport,
  snapshot: async () => (await import('./replay/snapshot.ts')).replaySnapshot,
  emit: async () => (await import('./replay/emit.ts')).replayEmit,
  'what-if': async () => (await import('./replay/what-if.ts')).replayWhatIf,
};

/** @param args the words after `replay` on the command line */
export const createReplay = async (args: readonly string[]): Promise<AddCommand> => {
  const commands = await loadNamed(COMMANDS, args);
  return (cli) => {
    const group = cli.group('replay', 'Decide the past again: verify, rebuild, export, emit, ask what if', [
      'runclose replay verify',
      'runclose replay export month.avro --with-events',
    ]);
    for (const add of commands) add(group);
  };
};
