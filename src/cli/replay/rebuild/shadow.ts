import { createBodyCodec } from '../../../avro/body-codec.ts';
import { loadSchemas } from '../../../avro/schema-files.ts';
import type { Database } from '../../../postgres/pool.ts';
import { dropReplacedEvents } from '../../../postgres/rebuild/exchange.ts';
import type { ShadowFacts, ShadowSchema, ShadowStatus } from '../../../postgres/rebuild/shadow-schema.ts';
import { createShadowStore } from '../../../postgres/rebuild/shadow-store.ts';
import { otherSources } from '../../../postgres/rebuild/other-sources.ts';
import { havePoliciesChanged } from '../../../postgres/rebuild/policies-used.ts';
import { Failure } from '../../../processor/failure.ts';
import type { LedgerSnapshot } from '../../../replay/ports.ts';
import { NOTHING } from '../../../replay/rebuild/rebuild.ts';
import type { CommandContext } from '../../frame/cli.ts';
import { wrongUse } from '../../frame/exit-codes.ts';
import { version } from '../../frame/version.ts';
import { requireComplete } from '../completeness.ts';
import { openSnapshotFile } from '../snapshots.ts';
import type { TopicSource } from '../topic-source.ts';

export type ShadowDeps = {
  readonly context: CommandContext;
  readonly source: TopicSource;
  readonly schema: ShadowSchema;
  readonly shadow: Database;
  readonly groupId: string;
};

export type ShadowOptions = { readonly snapshot?: string; readonly restart?: boolean };

/** Goes on with a shadow that was begun, where that is the same work; else begins a new one. Resolves with where it begins. */
export const openShadow = async (deps: ShadowDeps, options: ShadowOptions): Promise<ShadowFacts> => {
  const { context, source, schema, shadow } = deps;
  const start = options.snapshot === undefined ? null : await openSnapshotFile(options.snapshot);
  if (start !== null && !isOf(start.facts, source))
    throw wrongUse(
      `${options.snapshot ?? ''} is a snapshot of ${start.facts.topic} in another cluster, or of another topic`,
    );
  const others = await otherSources(shadow, source);
  if (others.length > 0)
    throw new Failure(
      'fatal',
      'OTHER_SOURCES',
      `the ledgers of this database come from more than ${source.topic} of this cluster, or no longer from it: ${others.join('; ')}; ` +
        'a day after their last batch the others no longer count, and `adopt-cluster` makes this one count',
    );
  const partitions = await source.ranges({ kind: 'earliest' }, { kind: 'latest' });
  const begun = await schema.status();
  if (begun !== null && begun.exchangedAt !== null) {
    context.output.note(
      `The last rebuild was exchanged at ${isoTime(begun.exchangedAt)}; another one begins.`,
    );
    // It may have been stopped before its last step.
    await dropReplacedEvents(shadow);
  } else if (
    begun !== null &&
    options.restart !== true &&
    isSameWork(begun, source, start, partitions.length) &&
    !(await havePoliciesChanged(shadow))
  ) {
    context.output.note(`Going on with what was begun at ${isoTime(begun.startedAt)}.`);
    return begun;
  }

  const ranges =
    start === null
      ? partitions
      : await source.ranges({ kind: 'offsets', offsets: start.positions }, { kind: 'latest' });
  requireComplete(source.topic, ranges, start);
  const facts: ShadowFacts = {
    clusterId: source.clusterId,
    topic: source.topic,
    programVersion: version,
    begins: Object.fromEntries(ranges.map(({ partition, from }) => [String(partition), from])),
  };
  const takenOver = await schema.create(facts, deps.groupId, () => fill(shadow, facts, start));
  if (takenOver > 0 && start === null) {
    await schema.drop();
    throw wrongUse(
      `${String(takenOver)} decisions are stored on commands that ${source.topic} of this cluster does not hold: begin with the ` +
        'ledgers of a later moment, with --snapshot FILE',
    );
  }
  if (takenOver > 0)
    context.output.note(
      `${String(takenOver)} decisions of before the snapshot are taken over as they stand.`,
    );
  return facts;
};

const isoTime = (time: number): string => new Date(time).toISOString();

const isOf = (one: { clusterId: string | null; topic: string }, { clusterId, topic }: TopicSource): boolean =>
  one.clusterId === clusterId && one.topic === topic;

const isSameWork = (
  begun: ShadowStatus,
  source: TopicSource,
  start: LedgerSnapshot | null,
  partitions: number,
): boolean =>
  isOf(begun, source) &&
  Object.keys(begun.begins).length === partitions &&
  // Other code may decide otherwise.
  begun.programVersion === version &&
  (start === null ||
    Object.entries(begun.begins).every(([partition, at]) => start.positions.get(Number(partition)) === at));

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
