import { join } from 'node:path';
import { Option } from 'commander';
import { openHistoryFile } from '../../avro/history-file.ts';
import { loadSchemas } from '../../avro/schema-files.ts';
import type { PostgresSettings } from '../../postgres/pool.ts';
import { createStoredDecisions } from '../../postgres/replay/stored-decisions.ts';
import { readLedgerSnapshot } from '../../postgres/replay/ledger-snapshot.ts';
import { readPolicyVersions } from '../../postgres/replay/policy-versions.ts';
import type { FoldedLedger } from '../../replay/channel-ledgers.ts';
import type { History } from '../../replay/history.ts';
import { onlyChannel } from '../../replay/only-channel.ts';
import type { LedgerSnapshot, StoredDecisions } from '../../replay/ports.ts';
import { reportOf, type VerifiedPart, type VerifyReport } from '../../replay/verify/report.ts';
import type { Cli, CommandContext } from '../frame/cli.ts';
import { EXIT, wrongUse } from '../frame/exit-codes.ts';
import { id, wholeNumber } from '../frame/flags.ts';
import { createProgress } from '../frame/progress.ts';
import { openDatabase } from '../frame/servers.ts';
import { openClosedRuns } from './closed-run-source.ts';
import { requireComplete, waitUntilEmitted } from './completeness.ts';
import { verifyEventsOnly } from './events-only.ts';
import { openLeasesOf } from './file-decisions.ts';
import { WHERE_HELP, where, type Where } from './range.ts';
import { createScratchFolder, openScratch } from './scratch.ts';
import { openSnapshotFile } from './snapshots.ts';
import { openTopicSource } from './topic-source.ts';
import { verifyPart, type Checkpoint } from './verify-part.ts';
import { identityOf, openVerifyState, type VerifyState } from './verify-state.ts';
import { hasWorkers, verifyInWorkers, workersFor } from './verify-workers.ts';
import { reportJson, reportText } from './verify-text.ts';

type VerifyOptions = {
  readonly file?: string;
  readonly from?: Where;
  readonly to?: Where;
  readonly channel?: string;
  readonly limit: number;
  readonly snapshot?: string;
  readonly prove?: string;
  readonly database: boolean;
  readonly eventsOnly?: boolean;
  readonly state?: string;
};

/** What is verified, and against what. */
export type Verified = {
  readonly history: History;
  readonly start: readonly FoldedLedger[];
  readonly stored: StoredDecisions | null;
  readonly comparedFrom: ReadonlyMap<number, number>;
  /** Where the stored decisions are. */
  readonly database: PostgresSettings | null;
  readonly snapshot: LedgerSnapshot | null;
  /** What could not be checked, and why: a sentence each. */
  readonly unchecked: readonly string[];
};

export const replayVerify = (cli: Cli): void => {
  cli
    .command('verify', 'Decide the past again, and compare: events, stored decisions, ledgers', [
      'runclose replay verify',
      'runclose replay verify --file month.avro --channel C024BE7LR',
    ])
    .option('--file <file>', 'read a file of `replay export` instead of the topics')
    .option(
      '--from <where>',
      `compare from there on; what lies before is only decided again: ${WHERE_HELP}`,
      where,
    )
    .option(
      '--to <where>',
      'end there, without the ledgers (default: what is decided by now, with them)',
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
        'trust nobody: recompute every pick, charge and balance from the run.closed events alone; --from and --to are places in their topic',
      ).conflicts(['snapshot', 'prove', 'state']),
    )
    .option(
      '--state <folder>',
      'with --file: keep there how far it has come; the same command goes on from there when it was interrupted',
    )
    .option('--channel <id>', 'this channel only', id)
    .option('--limit <n>', 'list so many differences; all are counted', wholeNumber(0, 1_000_000), 100)
    .action(
      cli.perform(async (context, options: VerifyOptions) => {
        const { output } = context;
        if (options.state !== undefined && options.file === undefined)
          throw wrongUse('--state is for a file: `runclose replay export` makes one of the topics');
        if (options.eventsOnly === true)
          return verifyEventsOnly(context, await openClosedRuns(context, options), options);
        const verified =
          options.file === undefined
            ? await openTopics(context, options)
            : await openFile(context, options.file, options);
        const report = await run(context, verified, options);
        if (output.json) for (const line of reportJson(report, verified.unchecked)) await output.record(line);
        else await output.line(reportText(report, verified.unchecked, output.colors));
        return report.divergences === 0 ? EXIT.done : EXIT.differences;
      }),
    );
};

const run = async (
  context: CommandContext,
  verified: Verified,
  options: VerifyOptions,
): Promise<VerifyReport> => {
  const { file, channel, limit, snapshot: snapshotFile } = options;
  const { history, start, stored, comparedFrom, snapshot, database } = verified;
  const { ranges } = history.facts;
  const isWhole = file !== undefined && channel === undefined && snapshotFile === undefined;
  const partitions = ranges.map(({ partition }) => partition);
  const state = await openState(verified, options, partitions);
  const folder = state?.folder ?? (await createScratchFolder(context));
  const checkpointOf = (name: string): Checkpoint | null =>
    state && { path: join(folder, `${name}.checkpoint`), everySeconds: SECONDS_BETWEEN_CHECKPOINTS };
  const total = ranges.reduce((sum, { from, to }) => sum + to - from, 0);
  const progress = createProgress(context.output, 'verifying', total);
  context.onClose(() => progress.stop());
  const onProgress = (commands: number): void => progress.set(commands);

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
        channelId: channel,
        limit,
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
      database,
      limit,
      signal,
      onProgress,
    });
    // A channel that moved to another partition has to be folded as a whole.
    return haveChannelsInCommon(parts) ? inOneThread() : parts;
  };
  // Workers read the whole of a file, and begin with what it begins with.
  const parts = await (isWhole && hasWorkers() ? inWorkers(file) : inOneThread());
  progress.stop();
  await state?.remove();
  return reportOf(parts, { policies: history.policies, snapshot, channelId: channel, limit });
};

/** What is lost at most when it is interrupted; one takes a fraction of a second. */
const SECONDS_BETWEEN_CHECKPOINTS = 20;

const openState = async (
  { database }: Verified,
  { state, file, channel, limit, snapshot, prove }: VerifyOptions,
  partitions: readonly number[],
): Promise<VerifyState | null> => {
  if (state === undefined || file === undefined) return null;
  return openVerifyState(state, {
    ...(await identityOf(file)),
    '--channel': channel ?? null,
    '--limit': limit,
    '--snapshot': snapshot ?? null,
    '--prove': prove ?? null,
    database: database !== null,
    'number of threads': hasWorkers() ? workersFor(partitions) : 1,
  });
};

const haveChannelsInCommon = (parts: readonly VerifiedPart[]): boolean => {
  const channelIds = parts.flatMap(({ ledgers }) => ledgers.map(({ channelId }) => channelId));
  return new Set(channelIds).size < channelIds.length;
};

const openTopics = async (context: CommandContext, options: VerifyOptions): Promise<Verified> => {
  const config = context.settings('kafka', 'registry', 'database');
  const pool = await openDatabase(context, config);
  const source = await openTopicSource(context, config);
  const scope = { clusterId: source.clusterId, topic: source.topic };
  const start = options.snapshot === undefined ? null : await openSnapshotFile(options.snapshot);
  const end =
    options.prove !== undefined
      ? await openSnapshotFile(options.prove)
      : options.to === undefined
        ? await readLedgerSnapshot(pool, scope)
        : null;
  if (end !== null) {
    const owed = await waitUntilEmitted(context, source, end.positions);
    if (owed.length > 0)
      context.output.note(
        `Partitions ${owed.join(', ')}: the last decisions are stored and not emitted yet. Is a processor running?`,
      );
  }
  const ranges = await source.ranges(
    start === null ? { kind: 'earliest' } : { kind: 'offsets', offsets: start.positions },
    end === null ? (options.to ?? { kind: 'committed' }) : { kind: 'offsets', offsets: end.positions },
  );
  requireComplete(source.topic, ranges, start);
  const compared = await source.ranges(options.from ?? { kind: 'earliest' }, { kind: 'latest' });
  const history = source.history(ranges, 'with-events', await readPolicyVersions(pool));
  return {
    history: options.channel === undefined ? history : onlyChannel(history, options.channel),
    start: start?.ledgers ?? [],
    stored: createStoredDecisions(pool, scope),
    comparedFrom: new Map(compared.map(({ partition, from }) => [partition, from])),
    database: config.database,
    snapshot: end,
    unchecked: end === null ? ['the ledgers in Postgres: they are of now, and --to ends before'] : [],
  };
};

const openFile = async (context: CommandContext, path: string, options: VerifyOptions): Promise<Verified> => {
  if (options.from !== undefined || options.to !== undefined)
    throw wrongUse('a file is verified as a whole: --from and --to are for the topics');
  const file = await openHistoryFile(path, loadSchemas());
  context.onClose(() => file.close());
  const { topic, ranges, withEvents } = file.facts;
  const start = options.snapshot === undefined ? null : await openSnapshotFile(options.snapshot);
  if (start !== null || file.ledgers.length === 0) requireComplete(topic, ranges, start);
  const { stored, database, snapshot, unchecked } = await openLeasesOf(context, file.facts, options);
  return {
    history: options.channel === undefined ? file : onlyChannel(file, options.channel),
    start: start?.ledgers ?? file.ledgers,
    stored,
    comparedFrom: new Map(),
    database,
    snapshot: options.prove === undefined ? snapshot : await openSnapshotFile(options.prove),
    unchecked: withEvents ? unchecked : ['events: the file was exported without them', ...unchecked],
  };
};
