import { join } from 'node:path';
import { Option } from 'commander';
import { reportOf, type VerifiedPart, type VerifyReport } from '../../replay/verify/report.ts';
import type { Cli, CommandContext } from '../frame/cli.ts';
import { channelUnknown, EXIT, wrongUse } from '../frame/exit-codes.ts';
import { id, wholeNumber } from '../frame/flags.ts';
import { createProgress } from '../frame/progress.ts';
import { count } from '../../domain/words/count.ts';
import { refuseEmptyRange } from '../../operations/history/range.ts';
import { WHERE_HELP, where } from './where-flag.ts';
import { createScratchFolder, openScratch } from '../../operations/history/scratch.ts';
import type { Verified, VerifyOptions } from '../../operations/verify/verified.ts';
import { verifyPart, type Checkpoint } from '../../operations/verify/verify-part.ts';
import { reportJson, reportText } from './verify-text.ts';
import { hasWorkers, verifyInWorkers } from '../../operations/verify/verify-workers.ts';

export const replayVerify = (cli: Cli): void => {
  cli
    .command(
      'verify',
      'Decide the past again, and compare: events, stored decisions, ledgers; exits with 2 if they differ',
      ['runclose replay verify', 'runclose replay verify --file month.avro --channel C024BE7LR'],
    )
    .option(
      '--file <file>',
      'read a file of `replay export` instead of the topics, as a whole: without --from and --to',
    )
    .option(
      '--from <where>',
      `compare from there on; what lies before is only decided again: ${WHERE_HELP}`,
      where,
    )
    .option(
      '--to <where>',
      'end there, and leave the ledgers out, with latest too (default: what is decided by now, with them)',
      where,
    )
    .option(
      '--snapshot <file>',
      'begin with the ledgers of this snapshot, where the topic no longer holds the beginning',
    )
    .option('--prove <file>', 'end at this snapshot, and compare its ledgers instead of those in Postgres')
    .option('--no-database', 'with --file: do not ask Postgres, even where it is reachable')
    .addOption(
      new Option(
        '--events-only',
        'trust nobody: recompute every pick, charge and balance from the run.closed events alone, in one go, without --state; --from and --to are places in their topic',
      ).conflicts(['snapshot', 'prove', 'state']),
    )
    .option('--state <folder>', 'save progress in this folder; run the same command again to resume')
    .option('--state-every <seconds>', 'how often progress is saved', wholeNumber(0, 86_400), 20)
    .option('--channel <id>', 'this channel only', id)
    .option('--limit <n>', 'list so many differences; all are counted', wholeNumber(0, 1_000_000), 100)
    .action(
      cli.perform(async (context, options: VerifyOptions) => {
        const { output } = context;
        refuseEmptyRange(options.from, options.to);
        if (options.eventsOnly === true) return verifyEventsOnly(context, options);
        if (!options.database && options.file === undefined)
          throw wrongUse('--no-database is for --file: with the topics, the policies are read from Postgres');
        if (options.state !== undefined)
          context.onClose(() => {
            if (context.interrupted.aborted) output.note('Interrupted. The same command goes on.');
          });
        const verified = await openVerified(context, options);
        const running = run(context, verified, options);
        const report = await Promise.race([
          running,
          ...(verified.state === null ? [] : [verified.state.lost]),
        ]);
        if (output.json) for (const line of reportJson(report, verified.unchecked)) await output.record(line);
        else await output.line(reportText(report, verified.unchecked, output.colors));
        // Not before: whatever had failed by then could not have been gone on with.
        await verified.state?.remove();
        return report.divergences === 0 ? EXIT.done : EXIT.differences;
      }),
    );
};

// Loaded where they are asked for: a file needs no clients of servers, which take as long to load as 5,000 commands to verify.
const verifyEventsOnly = async (context: CommandContext, options: VerifyOptions): Promise<number> => {
  const [{ openClosedRuns }, { verifyEventsOnly: audit }] = await Promise.all([
    import('../../operations/history/closed-run-source.ts'),
    import('./events-only.ts'),
  ]);
  return audit(context, await openClosedRuns(context, options), options);
};

const openVerified = async (context: CommandContext, options: VerifyOptions): Promise<Verified> => {
  if (options.file === undefined)
    return (await import('../../operations/verify/verified-topics.ts')).openVerifiedTopics(context, options);
  return (await import('../../operations/verify/verified-file.ts')).openVerifiedFile(
    context,
    options.file,
    options,
  );
};

const run = async (
  context: CommandContext,
  verified: Verified,
  options: VerifyOptions,
): Promise<VerifyReport> => {
  const { file, limit, snapshot: snapshotFile, stateEvery } = options;
  const { history, start, stored, comparedFrom, snapshot, state } = verified;
  const { ranges, channelId } = history.facts;
  const isWhole = file !== undefined && channelId === undefined && snapshotFile === undefined;
  const partitions = ranges.map(({ partition }) => partition);
  const folder = state?.folder ?? (await createScratchFolder(context));
  const checkpointOf = (name: string): Checkpoint | null =>
    state && { path: join(folder, `${name}.checkpoint`), everySeconds: stateEvery };
  const total = ranges.reduce((sum, { from, to }) => sum + to - from, 0);
  const progress = createProgress(context.output, 'verifying', total);
  context.onClose(() => progress.stop());
  const onProgress = (commands: number): void => progress.set(commands);
  const onResumed = (commands: number): void => {
    if (commands === 0) return;
    progress.passOver(commands);
    context.output.note(`Going on behind ${count(commands, 'command')}, verified before.`);
  };

  const inOneThread = async (): Promise<readonly VerifiedPart[]> => {
    const claims = await openScratch(context, join(folder, 'all'));
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
    const signal = context.interrupted;
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
    // A channel that moved to another partition has to be folded as a whole.
    return haveChannelsInCommon(parts) ? inOneThread() : parts;
  };
  // Workers read the whole of a file, and begin with what it begins with.
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
  // "No difference" about a misspelt channel would be believed.
  const isKnown = snapshot?.ledgers.some((ledger) => ledger.channelId === channelId) === true;
  if (channelId !== undefined && !isKnown && report.commands === 0 && report.divergences === 0) {
    await state?.remove();
    throw channelUnknown(`no command of channel ${channelId} was read: check the id, and the range`);
  }
  return report;
};

const haveChannelsInCommon = (parts: readonly VerifiedPart[]): boolean => {
  const channelIds = parts.flatMap(({ ledgers }) => ledgers.map(({ channelId }) => channelId));
  return new Set(channelIds).size < channelIds.length;
};
