import type { Config } from '../../config/config.ts';
import { createOwnerPool, type Database } from '../../postgres/pool.ts';
import { dropReplacedEvents } from '../../postgres/rebuild/exchange.ts';
import { countPoliciesToRestore } from '../../postgres/rebuild/policies-of-file.ts';
import { SHADOW_SCHEMA } from '../../postgres/rebuild/rebuild-lock.ts';
import { openShadowSchema, type ShadowSchema } from '../../postgres/rebuild/shadow-schema.ts';
import { requireSchemaVersion } from '../../postgres/schema-version.ts';
import { failureOf } from '../../processor/failure.ts';
import type { Cli, CommandContext } from '../frame/cli.ts';
import { EXIT, wrongUse } from '../frame/exit-codes.ts';
import { id, wholeNumber } from '../frame/flags.ts';
import { databaseOf, openDatabase, reachPostgres } from '../../operations/servers/servers.ts';
import { divergenceJson } from '../json/divergence.ts';
import { createBuilding, type BuildingDeps } from '../../operations/rebuild/building.ts';
import {
  compareRebuilt,
  createContradictions,
  type Built,
  type Contradictions,
  type Findings,
} from '../../operations/rebuild/comparing.ts';
import { exchange } from '../../operations/rebuild/exchanging.ts';
import { openRebuildFile } from '../../operations/rebuild/rebuild-file.ts';
import {
  interruptedText,
  rebuildJson,
  rebuildText,
  whatNext,
  type RebuildReport,
} from './rebuild/rebuild-text.ts';
import { openReportFile, type ReportFile } from './rebuild/report-file.ts';
import { openShadow } from '../../operations/rebuild/shadow.ts';
import { openTopicSource } from '../../operations/history/topic-source.ts';

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
    .command(
      'rebuild',
      'Build ledgers and decisions anew beside the stored ones, compare, and exchange them',
      ['runclose replay rebuild', 'runclose replay rebuild --swap --yes'],
    )
    .option(
      '--file <file>',
      'a file of `replay export`: as far as it reaches, it takes the place of the topic, which may have lost that',
    )
    .option(
      '--snapshot <file>',
      'begin with the ledgers of this snapshot, where the topic no longer holds the beginning',
    )
    .option('--channel <id>', 'this channel only, and compare it', id)
    .option('--swap', 'and put what was rebuilt in the place of what is stored (with --yes)')
    .option('--yes', 'do it; without, nothing outside the shadow is written')
    .option('--despite-events', 'exchange even where what was emitted then is not what is decided now')
    .option('--restart', 'begin anew, even where an earlier rebuild could be gone on with')
    .option(
      '--drop',
      'remove what was rebuilt, or what was replaced by it, and do nothing else; purge and forget wait for it',
    )
    .option('--report <file>', 'write every difference and every error there', 'rebuild-report.ndjson')
    .option(
      '--limit <n>',
      'list so many differences of each kind; all stand in the report',
      wholeNumber(0, 1_000_000),
      20,
    )
    .action(
      cli.perform(async (context, options: RebuildOptions) => {
        if (options.yes === true && options.swap !== true)
          throw wrongUse('--yes is for --swap: nothing else is written');
        if (options.drop === true && options.swap === true)
          throw wrongUse('--drop does nothing else: leave --swap out');
        if (options.channel !== undefined && options.swap === true)
          throw wrongUse('all channels are exchanged at once: leave --channel or --swap out');
        if (options.drop === true) return drop(context);
        const opened = await openStore(context);
        // The report of another rebuild that is running stays as it is.
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
          return await run(context, options, { ...opened, report });
        } catch (thrown) {
          const { code, kind, message } = failureOf(thrown);
          await report.add({ kind: 'error', failure: kind, code, message }).catch(() => undefined);
          throw thrown;
        }
      }),
    );
};

type Opened = {
  readonly config: Config<'kafka' | 'registry' | 'database'>;
  readonly pool: Database;
  readonly schema: ShadowSchema;
};

/** Holds the lock from then on. */
const openStore = async (context: CommandContext): Promise<Opened> => {
  const config = context.settings('kafka', 'registry', 'database');
  const pool = await openDatabase(context, config);
  await requireSchemaVersion(pool);
  return { config, pool, schema: await openSchema(context, config) };
};

const run = async (
  context: CommandContext,
  options: RebuildOptions,
  opened: Opened & { readonly report: ReportFile },
): Promise<number> => {
  const { report, schema } = opened;
  const built = await build(context, options, opened);
  const { shadow, channelId } = built.deps;
  const findings: Findings = { add: (kind, divergence) => report.add(divergenceJson(kind, divergence)) };
  const contradictions = createContradictions(shadow, findings, options.limit);
  const { totals, differences } = await compareRebuilt(built, contradictions, findings, options.limit);
  const policies = await countPoliciesToRestore(shadow);
  const isWithoutEvents = (await schema.status())?.withoutEvents === true;

  const isToBeDone = options.swap === true && options.yes === true;
  const pauseMs = isToBeDone ? await swap(built, contradictions, options) : null;

  const result: RebuildReport = {
    totals,
    channelId,
    contradictions: contradictions.found,
    differences,
    pauseMs,
    policies,
    unchecked: isWithoutEvents
      ? ['the events of commands that came from a file: it was exported without them']
      : [],
    reportFile: options.report,
  };
  await tell(context, result, report);
  context.output.note(whatNext(options, result));
  if (pauseMs !== null) return EXIT.done;
  return result.contradictions.total() + differences.total() > 0 ? EXIT.differences : EXIT.done;
};

/** Builds the shadow as far as everything is emitted by now. */
const build = async (
  context: CommandContext,
  options: RebuildOptions,
  { config, pool, schema }: Opened,
): Promise<Built> => {
  const { groupId } = config.kafka;
  const shadow = await openShadowPool(context);
  const source = await openTopicSource(context, config);
  const file =
    options.file === undefined
      ? null
      : await openRebuildFile({ work: context, source, groupId }, options.file, options.channel);
  const { begins, channelId } = await openShadow(
    { work: context, source, schema, shadow, groupId, file },
    options,
  );

  const deps: BuildingDeps = { work: context, source, pool, shadow, schema, groupId, channelId };
  const building = await createBuilding(deps);
  if (file !== null && (await building.fromFile(file)) === 'not-needed')
    context.output.note(`${options.file ?? ''} is not needed: what it holds is built already.`);
  await building.catchUp();
  return { deps, building, begins };
};

/** Resolves with the pause in milliseconds; null: it was not exchanged, since it would contradict the events. */
const swap = async (
  { deps, building }: Built,
  contradictions: Contradictions,
  options: RebuildOptions,
): Promise<number | null> => {
  const pauseMs = await exchange({
    ...deps,
    building,
    despiteEvents: options.despiteEvents === true,
    isAgreed: async () => {
      await contradictions.report();
      return contradictions.found.total() === 0;
    },
    isExchanged: () => isExchanged(deps.schema),
  });
  if (pauseMs !== null)
    await dropReplacedEvents(deps.shadow).catch((thrown: unknown) => {
      deps.work.note(
        `Exchanged; the bodies of replaced decisions are left for the next run: ${failureOf(thrown).message}`,
      );
    });
  return pauseMs;
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
    // Whoever reads that it failed would take the old tables to be in their place.
    if (pauseMs === null) throw thrown;
    output.note(`Exchanged; ${reportFile} lacks its end: ${failureOf(thrown).message}`);
  });
};

const openSchema = async (context: CommandContext, config: Config<'database'>): Promise<ShadowSchema> => {
  const schema = await reachPostgres(context, config, () => openShadowSchema(databaseOf(context)));
  context.onClose(() => schema.close());
  return schema;
};

const openShadowPool = async (context: CommandContext): Promise<Database> => {
  const shadow = await createOwnerPool(databaseOf(context), 'runclose replay rebuild', SHADOW_SCHEMA);
  context.onClose(() => shadow.end());
  return shadow;
};

const drop = async (context: CommandContext): Promise<number> => {
  const config = context.settings('database');
  const schema = await openSchema(context, config);
  if (await isExchanged(schema)) {
    const shadow = await openShadowPool(context);
    await dropReplacedEvents(shadow);
  }
  const found = await schema.drop();
  context.output.note(
    found === 'none' ? `There is no schema ${SHADOW_SCHEMA}.` : `The schema ${SHADOW_SCHEMA} is gone.`,
  );
  return EXIT.done;
};

const isExchanged = async (schema: ShadowSchema): Promise<boolean> =>
  ((await schema.status())?.exchangedAt ?? null) !== null;
