import { Option } from 'commander';
import { refuseEmptyRange } from '../../operations/history/range.ts';
import { wrongUse } from '../../processor/failure.ts';
import type { VerifyOptions } from '../../operations/verify/verified.ts';
import { openVerified, verifyHistory } from '../../operations/verify/verify.ts';
import type { Cli, CommandContext } from '../frame/cli.ts';
import { EXIT } from '../frame/exit-codes.ts';
import { id, wholeNumber } from '../frame/flags.ts';
import { WHERE_HELP, where } from '../frame/where-flags.ts';
import { limitOption, snapshotOption } from './replay-flags.ts';
import { reportJson, reportText } from './verify-text.ts';

/** Not commander's own default: that would hide whether the option was given. */
const DEFAULT_STATE_SECONDS = 20;

type VerifyFlags = Omit<VerifyOptions, 'stateEvery'> & {
  readonly eventsOnly?: boolean;
  readonly stateEvery?: number;
};

export const replayVerify = (cli: Cli): void => {
  cli
    .command(
      'verify',
      'Decide the past again, and compare events, stored decisions and ledgers; exit with 2 if they differ',
      ['runclose replay verify', 'runclose replay verify --file month.avro --channel C024BE7LR'],
    )
    .option(
      '--file <file>',
      'verify a whole file of `replay export` instead of the topics (not with --from or --to)',
    )
    .option(
      '--from <where>',
      `where to start comparing; earlier commands are decided again, but not compared: ${WHERE_HELP}`,
      where,
    )
    .option(
      '--to <where>',
      'where to stop, exclusive; the ledgers are then not compared (default: after the last decided command)',
      where,
    )
    .addOption(snapshotOption())
    .addOption(
      new Option(
        '--prove <file>',
        'end at this snapshot, and compare its ledgers instead of those in Postgres',
      ).conflicts('to'),
    )
    .option('--no-database', 'with --file: do not ask Postgres, even if it can be reached')
    .addOption(
      new Option(
        '--events-only',
        'trust only the run.closed events: recompute every pick, charge and balance from them; --from and --to are positions in run.closed',
      ).conflicts(['snapshot', 'prove', 'state']),
    )
    .option('--state <folder>', 'save progress in this folder; run the same command again to resume')
    .option(
      '--state-every <seconds>',
      `with --state: how often progress is saved (default: ${DEFAULT_STATE_SECONDS})`,
      wholeNumber(0, 86_400),
    )
    .option('--channel <id>', 'this channel only', id)
    .addOption(limitOption('differences; all are counted', 100))
    .action(
      cli.perform(async (context, flags: VerifyFlags) => {
        const { output } = context;
        const { stateEvery = DEFAULT_STATE_SECONDS } = flags;
        const options: VerifyOptions = { ...flags, stateEvery };
        refuseEmptyRange(options.from, options.to);
        if (flags.stateEvery !== undefined && options.state === undefined)
          throw wrongUse('--state-every needs --state: without --state, no progress is saved');
        if (flags.eventsOnly === true) return verifyEvents(context, options);
        if (!options.database && options.file === undefined)
          throw wrongUse(
            '--no-database needs --file: a verification of the topics reads the policies from Postgres',
          );
        if (options.state !== undefined)
          context.onClose(() => {
            if (context.interrupted.aborted)
              output.note('Interrupted. To resume, run the same command again.');
          });
        const verified = await openVerified(context, options);
        const report = await verifyHistory(context, verified, options);
        await output.print({
          json: () => reportJson(report, verified.unchecked),
          text: (colors) => reportText(report, verified.unchecked, colors),
        });
        // Remove the progress last: if printing fails, the same command can still resume.
        await verified.state?.remove();
        return report.divergences === 0 ? EXIT.done : EXIT.differences;
      }),
    );
};

/** Loads modules on demand, because `--file` needs no clients of servers. */
const verifyEvents = async (context: CommandContext, options: VerifyOptions): Promise<number> => {
  const [{ openClosedRuns }, { verifyEventsOnly }, { eventsOnlyJson, eventsOnlyText }] = await Promise.all([
    import('../../operations/history/closed-run-source.ts'),
    import('../../operations/verify/events-only.ts'),
    import('./events-only-text.ts'),
  ]);
  const source = await openClosedRuns(context, options);
  const report = await verifyEventsOnly(context, source, options);
  await context.output.print({
    json: () => eventsOnlyJson(report, source.unreadable),
    text: (colors) => eventsOnlyText(report, source.unreadable, colors),
  });
  return report.divergences + source.unreadable.length === 0 ? EXIT.done : EXIT.differences;
};
