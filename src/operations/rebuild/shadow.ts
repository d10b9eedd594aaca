import { createBodyCodec } from '../../avro/body-codec.ts';
import type { HistoryFile } from '../../avro/history-file.ts';
import { loadSchemas } from '../../avro/schema-files.ts';
import { count } from '../../domain/words/count.ts';
import type { Database } from '../../postgres/pool.ts';
import { otherSources } from '../../postgres/rebuild/other-sources.ts';
import { policiesThatDiffer, rememberPoliciesOfFile } from '../../postgres/rebuild/policies-of-file.ts';
import { havePoliciesChanged } from '../../postgres/rebuild/policies-used.ts';
import type { ShadowFacts, ShadowSchema, ShadowStatus } from '../../postgres/rebuild/shadow-schema.ts';
import { createShadowStore } from '../../postgres/rebuild/shadow-store.ts';
import { dropReplacedEvents } from '../../postgres/rebuild/swap.ts';
import { Failure, wrongUse } from '../../processor/failure.ts';
import type { PolicyVersion } from '../../replay/history.ts';
import type { LedgerSnapshot } from '../../replay/ports.ts';
import { NOTHING } from '../../replay/rebuild/rebuild.ts';
import { openSnapshotFile } from '../history/snapshots.ts';
import type { TopicSource } from '../history/topic-source.ts';
import { version } from '../version.ts';
import type { Work } from '../work.ts';
import { requireNoGap } from './coverage.ts';

export type ShadowDeps = {
  readonly work: Work;
  readonly source: TopicSource;
  readonly schema: ShadowSchema;
  readonly shadow: Database;
  readonly groupId: string;
  readonly file: HistoryFile | null;
};

export type ShadowOptions = {
  readonly snapshot?: string;
  readonly restart?: boolean;
  readonly channel?: string;
};

/** Resumes an unfinished rebuild of the same input with the same code; otherwise starts a new one. */
export const openShadow = async (deps: ShadowDeps, options: ShadowOptions): Promise<ShadowFacts> => {
  const { work, source, schema, shadow, file } = deps;
  const channelId = options.channel ?? null;
  const start = await openStart(deps, options);
  const filePolicies = (file?.policies ?? []).filter(
    (version) => channelId === null || version.channelId === channelId,
  );
  await requireSamePolicies(shadow, filePolicies);
  const others = await otherSources(shadow, source);
  if (others.length > 0)
    throw new Failure(
      'fatal',
      'OTHER_SOURCES',
      `the ledgers of this database come from other sources than ${source.topic} of this cluster: ${others.join('; ')}. ` +
        'A source no longer counts one day after its last batch. `runclose adopt-cluster` makes this cluster count',
    );
  const partitions = await source.ranges({ kind: 'earliest' }, { kind: 'latest' });
  const earlier = await schema.status();
  if (earlier !== null && earlier.swappedAt !== null) {
    work.note(`The last rebuild was swapped in at ${isoTime(earlier.swappedAt)}. A new one starts.`);
    // The last rebuild may have been stopped before this last step.
    await dropReplacedEvents(shadow);
  } else if (earlier !== null && options.restart !== true) {
    if (earlier.channelId !== channelId) throw ofOtherChannels(earlier);
    if (
      isSameWork(earlier, source, start, partitions.length) &&
      !(await havePoliciesChanged(shadow)) &&
      (await rememberPoliciesOfFile(shadow, filePolicies)) === 0
    ) {
      work.note(`Resuming the rebuild that was started at ${isoTime(earlier.startedAt)}.`);
      return earlier;
    }
  }

  const begins = new Map(
    partitions.map(({ partition }) => [partition, start?.positions.get(partition) ?? 0]),
  );
  requireNoGap(source.topic, begins, { held: partitions, file: file?.facts.ranges });
  const facts: ShadowFacts = {
    clusterId: source.clusterId,
    topic: source.topic,
    programVersion: version,
    begins: Object.fromEntries(begins),
    channelId,
  };
  const takenOver = await schema.create(facts, deps.groupId, () => fill(shadow, facts, start));
  if (takenOver > 0 && start === null) {
    await schema.drop();
    throw wrongUse(
      `${count(takenOver, 'decision')} ${takenOver === 1 ? 'is' : 'are'} stored on commands that ${source.topic} of this cluster does not hold: start with the ` +
        'ledgers of a later moment, with --snapshot FILE',
    );
  }
  if (takenOver > 0)
    work.note(
      `${count(takenOver, 'decision')} from before the snapshot ${takenOver === 1 ? 'is' : 'are'} taken over unchanged.`,
    );
  await rememberPoliciesOfFile(shadow, filePolicies);
  return facts;
};

/** The ledgers to start with. */
const openStart = async (
  { source }: ShadowDeps,
  { snapshot, channel }: ShadowOptions,
): Promise<LedgerSnapshot | null> => {
  if (snapshot === undefined) return null;
  const start = await openSnapshotFile(snapshot);
  if (!isOf(start.facts, source))
    throw wrongUse(
      `${snapshot} is a snapshot of another topic, or of another cluster: its topic is ${start.facts.topic}`,
    );
  return {
    positions: start.positions,
    ledgers: start.ledgers.filter(({ channelId }) => channel === undefined || channelId === channel),
  };
};

const requireSamePolicies = async (shadow: Database, policies: readonly PolicyVersion[]): Promise<void> => {
  const [first, ...more] = await policiesThatDiffer(shadow, policies);
  if (first === undefined) return;
  const { channel_id: channelId, version: number } = first;
  throw new Failure(
    'fatal',
    'POLICIES_DIFFER',
    `version ${String(number)} of the policy of channel ${channelId} in the table channel_policy differs from the file` +
      (more.length === 0
        ? ''
        : `, and so ${more.length === 1 ? 'does 1 more version' : `do ${String(more.length)} more versions`}`) +
      '. See `runclose channel history`, and correct the stored row (a missing row is taken from the file). ' +
      'If the file is wrong, leave out --file',
  );
};

const ofOtherChannels = ({ channelId, startedAt }: ShadowStatus): Failure =>
  wrongUse(
    `the rebuild that was started at ${isoTime(startedAt)} is of ` +
      (channelId === null ? 'all channels' : `channel ${channelId} only`) +
      ': to replace it, start again with --restart',
  );

const isoTime = (time: number): string => new Date(time).toISOString();

const isOf = (
  status: { clusterId: string | null; topic: string },
  { clusterId, topic }: TopicSource,
): boolean => status.clusterId === clusterId && status.topic === topic;

const isSameWork = (
  earlier: ShadowStatus,
  source: TopicSource,
  start: LedgerSnapshot | null,
  partitions: number,
): boolean =>
  isOf(earlier, source) &&
  Object.keys(earlier.begins).length === partitions &&
  // Another version of the program may decide otherwise.
  earlier.programVersion === version &&
  (start === null ||
    Object.entries(earlier.begins).every(
      ([partition, position]) => (start.positions.get(Number(partition)) ?? 0) === position,
    ));

const PAGE = 500;

const fill = async (shadow: Database, scope: ShadowFacts, start: LedgerSnapshot | null): Promise<void> => {
  const { fingerprint } = createBodyCodec(loadSchemas());
  const store = createShadowStore({ connection: shadow, scope, fingerprint });
  const ledgers = (start?.ledgers ?? []).map((ledger) => ({
    ...ledger,
    members: [...ledger.members.values()],
  }));
  for (let at = 0; at < ledgers.length; at += PAGE)
    await store.keep({ ...NOTHING, ledgers: ledgers.slice(at, at + PAGE) });
};
