/**
 * Decides a history again, and compares its events, stored decisions and ledgers. The history is the topics, or a file of `replay export`.
 */
import { join } from 'node:path';
import { count } from '../../domain/words/count.ts';
import { reportOf, type VerifiedPart, type VerifyReport } from '../../replay/verify/report.ts';
import { createScratchFolder, openScratch } from '../history/scratch.ts';
import { channelUnknown } from '../refusals.ts';
import type { Work } from '../work.ts';
import type { Verified, VerifyOptions } from './verified.ts';
import { verifyPart, type Checkpoint } from './verify-part.ts';
import { hasWorkers, verifyInWorkers } from './verify-workers.ts';

/** Loads modules on demand: a file needs no clients of servers, and loading those takes as long as verifying 5,000 commands. */
export const openVerified = async (work: Work, options: VerifyOptions): Promise<Verified> => {
  if (options.file === undefined)
    return (await import('./verified-topics.ts')).openVerifiedTopics(work, options);
  return (await import('./verified-file.ts')).openVerifiedFile(work, options.file, options);
};

/** Rejects if another process takes over the folder that keeps the progress. */
export const verifyHistory = async (
  work: Work,
  verified: Verified,
  options: VerifyOptions,
): Promise<VerifyReport> => {
  const running = run(work, verified, options);
  return Promise.race([running, ...(verified.state === null ? [] : [verified.state.lost])]);
};

const run = async (work: Work, verified: Verified, options: VerifyOptions): Promise<VerifyReport> => {
  const { file, limit, snapshot: snapshotFile, stateEvery } = options;
  const { history, start, stored, comparedFrom, snapshot, state } = verified;
  const { ranges, channelId } = history.facts;
  const isWhole = file !== undefined && channelId === undefined && snapshotFile === undefined;
  const partitions = ranges.map(({ partition }) => partition);
  const folder = state?.folder ?? (await createScratchFolder(work));
  const checkpointOf = (name: string): Checkpoint | null =>
    state && { path: join(folder, `${name}.checkpoint`), everySeconds: stateEvery };
  const total = ranges.reduce((sum, { from, to }) => sum + to - from, 0);
  const progress = work.progress('verifying', total);
  const onProgress = (commands: number): void => progress.set(commands);
  const onResumed = (commands: number): void => {
    if (commands === 0) return;
    progress.passOver(commands);
    work.note(
      `Resuming after ${count(commands, 'command')} that ${commands === 1 ? 'was' : 'were'} verified before.`,
    );
  };

  const inOneThread = async (): Promise<readonly VerifiedPart[]> => {
    const claims = await openScratch(work, join(folder, 'all'));
    return [
      await verifyPart({
        history,
        start,
        stored,
        claims,
        checkpoint: checkpointOf('all'),
        comparedFrom,
        channelId,
        limit,
        onResumed,
        onProgress,
      }),
    ];
  };
  const inWorkers = async (path: string): Promise<readonly VerifiedPart[]> => {
    const signal = work.interrupted;
    const parts = await verifyInWorkers({
      path,
      folder,
      checkpointOf,
      partitions,
      comparesStored: stored !== null,
      limit,
      signal,
      onResumed,
      onProgress,
    });
    // If a channel is in two partitions, it has to be folded as a whole, so start again in one thread.
    return haveChannelsInCommon(parts) ? inOneThread() : parts;
  };
  // Workers can only read a whole file, and start with the ledgers in it.
  const parts = await (isWhole && hasWorkers() ? inWorkers(file) : inOneThread());
  progress.stop();
  const report = reportOf(parts, {
    policies: history.policies,
    snapshot,
    topic: history.facts.topic,
    ahead: (await stored?.ahead()) ?? [],
    channelId,
    limit,
  });
  // Reject, because people would believe "No difference" about a misspelt channel.
  const isKnown = snapshot?.ledgers.some((ledger) => ledger.channelId === channelId) === true;
  if (channelId !== undefined && !isKnown && report.commands === 0 && report.divergences === 0) {
    await state?.remove();
    throw channelUnknown(`no command of channel ${channelId} was read: check the id and the range`);
  }
  return report;
};

const haveChannelsInCommon = (parts: readonly VerifiedPart[]): boolean => {
  const channelIds = parts.flatMap(({ ledgers }) => ledgers.map(({ channelId }) => channelId));
  return new Set(channelIds).size < channelIds.length;
};
