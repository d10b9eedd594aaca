import { Option } from 'commander';
import {
  dropRebuild,
  openRebuild,
  rebuildStored,
  type OpenRebuild,
} from '../../operations/rebuild/rebuild.ts';
import { SHADOW_SCHEMA } from '../../postgres/rebuild/rebuild-lock.ts';
import { failureOf, wrongUse } from '../../processor/failure.ts';
import type { Cli, CommandContext } from '../frame/cli.ts';
import { EXIT } from '../frame/exit-codes.ts';
import { id } from '../frame/flags.ts';
import { divergenceJson } from '../json/divergence.ts';
import { limitOption, snapshotOption } from './replay-flags.ts';
import { interruptedText, rebuildJson, rebuildText, whatNext, type RebuildReport } from './rebuild-text.ts';
import { openReportFile, type ReportFile } from '../../operations/rebuild/report-file.ts';

type RebuildOptions = {
  readonly file?: string;
  readonly channel?: string;
  readonly snapshot?: string;
  readonly restart?: boolean;
  readonly drop?: boolean;
  readonly swap?: boolean;
  readonly yes?: boolean;
  readonly despiteEvents?: boolean;
  readonly report: string;
  readonly limit: number;
};

export const replayRebuild = (cli: Cli): void => {
  cli
    .command('rebuild', 'Rebuild ledgers and decisions beside the stored ones, compare both, and swap them', [
      'runclose replay rebuild',
      'runclose replay rebuild --swap --yes',
    ])
    .option(
      '--file <file>',
      'read a file of `replay export` instead of the topic, as far as the file reaches',
    )
    .addOption(snapshotOption())
    .option('--channel <id>', 'rebuild and compare only this channel', id)
    .option('--swap', 'swap the rebuilt tables with the stored ones (needs --yes)')
    .option('--yes', 'do the swap (default: only rebuild and compare)')
    .option('--despite-events', 'swap even if the rebuild contradicts emitted events')
    .option('--restart', 'start again, even if an earlier rebuild could be resumed')
    .addOption(
      new Option(
        '--drop',
        'only remove the tables that an earlier rebuild left; while they exist, purge and forget refuse to run',
      ).conflicts(['file', 'snapshot', 'channel', 'restart']),
    )
    .option('--report <file>', 'write every difference and every error to this file', 'rebuild-report.ndjson')
    .addOption(limitOption('differences of each kind; the report has all', 20))
    .action(
      cli.perform(async (context, options: RebuildOptions) => {
        if (options.yes === true && options.swap !== true)
          throw wrongUse('--yes needs --swap: without --swap, there is nothing to confirm');
        if (options.despiteEvents === true && options.swap !== true)
          throw wrongUse('--despite-events needs --swap: without --swap, nothing is swapped');
        if (options.drop === true && options.swap === true)
          throw wrongUse('--drop and --swap exclude each other: leave out one of them');
        if (options.channel !== undefined && options.swap === true)
          throw wrongUse('a swap replaces all channels at once: leave out --channel or --swap');
        if (options.drop === true) return drop(context);
        // Take the lock before opening the report, so that this does not overwrite the report of another rebuild that is running.
        const opened = await openRebuild(context);
        const { file, snapshot } = options;
        const report = await openReportFile(
          options.report,
          [file, snapshot].filter((path) => path !== undefined),
        );
        context.onClose(() => report.close());
        context.onClose(() => {
          if (context.interrupted.reason === EXIT.interrupted) context.output.note(interruptedText(options));
        });
        try {
          return await run(context, options, opened, report);
        } catch (thrown) {
          const { code, kind, message } = failureOf(thrown);
          await report.add({ kind: 'error', failure: kind, code, message }).catch(() => undefined);
          throw thrown;
        }
      }),
    );
};

const run = async (
  context: CommandContext,
  options: RebuildOptions,
  opened: OpenRebuild,
  report: ReportFile,
): Promise<number> => {
  const isToBeDone = options.swap === true && options.yes === true;
  const swap = options.despiteEvents === true ? 'despite-events' : 'if-agreed';
  const rebuilt = await rebuildStored(
    context,
    opened,
    { ...options, swap: isToBeDone ? swap : 'never' },
    { add: (kind, divergence) => report.add(divergenceJson(kind, divergence)) },
  );
  const result: RebuildReport = { ...rebuilt, reportFile: options.report };
  await tell(context, result, report);
  context.note(whatNext(options, result));
  if (result.pauseMs !== null) return EXIT.done;
  return result.contradictions.total() + result.differences.total() > 0 ? EXIT.differences : EXIT.done;
};

const tell = async ({ output }: CommandContext, result: RebuildReport, report: ReportFile): Promise<void> => {
  const { contradictions, differences, pauseMs, reportFile } = result;
  const summary = rebuildJson(result);
  if (output.json) {
    for (const each of contradictions.listed) await output.record(divergenceJson('contradiction', each));
    for (const each of differences.listed) await output.record(divergenceJson('difference', each));
    await output.record(summary);
  } else await output.line(rebuildText(result, output.colors));
  await report.add(summary).catch((thrown: unknown) => {
    // Do not fail after a swap: people would believe that the old tables are still in use.
    if (pauseMs === null) throw thrown;
    output.note(`Swapped, but the end of ${reportFile} is missing: ${failureOf(thrown).message}`);
  });
};

const drop = async (context: CommandContext): Promise<number> => {
  const found = await dropRebuild(context);
  context.note(
    found === 'none' ? `There is no schema ${SHADOW_SCHEMA}.` : `The schema ${SHADOW_SCHEMA} was removed.`,
  );
  return EXIT.done;
};
