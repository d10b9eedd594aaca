import type { Cli } from './frame/cli.ts';
import { replayEmit } from './replay/emit.ts';
import { replayExport } from './replay/export.ts';
import { replayRebuild } from './replay/rebuild.ts';
import { replaySnapshot } from './replay/snapshot.ts';
import { replayVerify } from './replay/verify.ts';
import { replayWhatIf } from './replay/what-if.ts';

export const replay = (cli: Cli): void => {
  const group = cli.group('replay', 'Read the past again: verify it, take it along, emit it, ask what if', [
    'runclose replay verify',
    'runclose replay export month.avro --with-events',
  ]);
  replayVerify(group);
  replayRebuild(group);
  replayExport(group);
  replaySnapshot(group);
  replayEmit(group);
  replayWhatIf(group);
};
