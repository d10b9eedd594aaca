/**
 * Decides all commands again into tables beside the stored ones, compares the two, and swaps them on request. Only one rebuild can run at a
 * time: `openRebuild` takes the lock.
 */
import type { Config } from '../../config/config.ts';
import { createOwnerPool, type Database } from '../../postgres/pool.ts';
import { countPoliciesToRestore } from '../../postgres/rebuild/policies-of-file.ts';
import { SHADOW_SCHEMA } from '../../postgres/rebuild/rebuild-lock.ts';
import { openShadowSchema, type ShadowSchema } from '../../postgres/rebuild/shadow-schema.ts';
import type { ShadowTotals } from '../../postgres/rebuild/shadow-totals.ts';
import { dropReplacedEvents } from '../../postgres/rebuild/swap.ts';
import { requireSchemaVersion } from '../../postgres/schema-version.ts';
import { failureOf } from '../../processor/failure.ts';
import type { Divergences } from '../../replay/verify/divergence.ts';
import { openTopicSource } from '../history/topic-source.ts';
import { databaseOf, openDatabase, reachPostgres } from '../servers/servers.ts';
import type { Work } from '../work.ts';
import { createBuilding, type BuildingDeps } from './building.ts';
import { catchUpAndSwap } from './catch-up-and-swap.ts';
import {
  compareRebuilt,
  createContradictions,
  type Built,
  type Contradictions,
  type Findings,
} from './comparing.ts';
import { openRebuildFile } from './rebuild-file.ts';
import { openShadow } from './shadow.ts';

export type RebuildRequest = {
  readonly file?: string;
  readonly channel?: string;
  readonly snapshot?: string;
  readonly restart?: boolean;
  /** When to swap the rebuilt tables with the stored ones. */
  readonly swap: 'never' | 'if-agreed' | 'despite-events';
  /** How many differences of each kind are listed. */
  readonly limit: number;
};

export type RebuildResult = {
  readonly totals: ShadowTotals;
  /** The only channel that was rebuilt; null: all channels. */
  readonly channelId: string | null;
  /** The differences between rebuilt decisions and emitted events. */
  readonly contradictions: Divergences;
  /** The differences between the rebuilt and the stored tables. */
  readonly differences: Divergences;
  /** How long the processors waited for the swap; null: nothing was swapped. */
  readonly pauseMs: number | null;
  /** How many policy versions only the file has. The swap restores them. */
  readonly policies: number;
  /** Phrases that say what could not be compared, and why. */
  readonly unchecked: readonly string[];
};

export type OpenRebuild = {
  readonly config: Config<'kafka' | 'registry' | 'database'>;
  readonly pool: Database;
  readonly schema: ShadowSchema;
};

/** Rejects if another rebuild is running. Holds the lock until the work ends. */
export const openRebuild = async (work: Work): Promise<OpenRebuild> => {
  const config = work.settings('kafka', 'registry', 'database');
  const pool = await openDatabase(work, config);
  await requireSchemaVersion(pool);
  return { config, pool, schema: await openSchema(work, config) };
};

export const rebuildStored = async (
  work: Work,
  opened: OpenRebuild,
  request: RebuildRequest,
  findings: Findings,
): Promise<RebuildResult> => {
  const built = await build(work, request, opened);
  const { shadow, channelId } = built.deps;
  const contradictions = createContradictions(shadow, findings, request.limit);
  const { totals, differences } = await compareRebuilt(built, contradictions, findings, request.limit);
  const policies = await countPoliciesToRestore(shadow);
  const isWithoutEvents = (await opened.schema.status())?.withoutEvents === true;
  return {
    totals,
    channelId,
    contradictions: contradictions.found,
    differences,
    pauseMs: request.swap === 'never' ? null : await swap(built, contradictions, request.swap),
    policies,
    unchecked: isWithoutEvents
      ? ['the events of commands that came from a file: it was exported without them']
      : [],
  };
};

/** Removes the tables that a rebuild has left: its own ones, or after a swap the replaced ones. */
export const dropRebuild = async (work: Work): Promise<'none' | 'dropped'> => {
  const schema = await openSchema(work, work.settings('database'));
  if (await isSwapped(schema)) await dropReplacedEvents(await openShadowPool(work));
  return (await schema.drop()) === 'none' ? 'none' : 'dropped';
};

/** Rebuilds all commands whose events are emitted by now. */
const build = async (
  work: Work,
  request: RebuildRequest,
  { config, pool, schema }: OpenRebuild,
): Promise<Built> => {
  const { groupId } = config.kafka;
  const shadow = await openShadowPool(work);
  const source = await openTopicSource(work, config);
  const file =
    request.file === undefined
      ? null
      : await openRebuildFile({ work, source, groupId }, request.file, request.channel);
  const { begins, channelId } = await openShadow({ work, source, schema, shadow, groupId, file }, request);

  const deps: BuildingDeps = { work, source, pool, shadow, schema, groupId, channelId };
  const building = await createBuilding(deps);
  if (file !== null && (await building.fromFile(file)) === 'not-needed')
    work.note(`${request.file ?? ''} is not needed: the rebuild already contains its commands.`);
  await building.catchUp();
  return { deps, building, begins };
};

/** Resolves with the pause in milliseconds; null if the rebuild contradicts emitted events: nothing was swapped. */
const swap = async (
  { deps, building }: Built,
  contradictions: Contradictions,
  mode: 'if-agreed' | 'despite-events',
): Promise<number | null> => {
  const pauseMs = await catchUpAndSwap({
    ...deps,
    building,
    despiteEvents: mode === 'despite-events',
    isAgreed: async () => {
      await contradictions.report();
      return contradictions.found.total() === 0;
    },
    isSwapped: () => isSwapped(deps.schema),
  });
  if (pauseMs !== null)
    await dropReplacedEvents(deps.shadow).catch((thrown: unknown) => {
      deps.work.note(
        `Swapped, but the bodies of replaced decisions could not be removed; the next rebuild removes them: ${failureOf(thrown).message}`,
      );
    });
  return pauseMs;
};

const openSchema = async (work: Work, config: Config<'database'>): Promise<ShadowSchema> => {
  const schema = await reachPostgres(work, config, () => openShadowSchema(databaseOf(work)));
  work.onClose(() => schema.close());
  return schema;
};

const openShadowPool = async (work: Work): Promise<Database> => {
  const shadow = await createOwnerPool(databaseOf(work), 'runclose replay rebuild', SHADOW_SCHEMA);
  work.onClose(() => shadow.end());
  return shadow;
};

const isSwapped = async (schema: ShadowSchema): Promise<boolean> =>
  ((await schema.status())?.swappedAt ?? null) !== null;
