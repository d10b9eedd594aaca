import { createBodyCodec } from '../../avro/body-codec.ts';
import { loadSchemas } from '../../avro/schema-files.ts';
import type { Database, Transaction } from '../../postgres/pool.ts';
import { readPoliciesOfRebuild, rememberPolicies } from '../../postgres/rebuild/policies-used.ts';
import type { ShadowSchema } from '../../postgres/rebuild/shadow-schema.ts';
import { createShadowStore, type ShadowStore } from '../../postgres/rebuild/shadow-store.ts';
import { readLedgerSnapshot } from '../../postgres/replay/ledger-snapshot.ts';
import { Failure, wrongUse } from '../../processor/failure.ts';
import {
  createChannelLedgers,
  type ChannelLedgers,
  type FoldedLedger,
} from '../../replay/channel-ledgers.ts';
import { createDecider } from '../../replay/decider.ts';
import type { History, HistoryRange, PolicyVersion } from '../../replay/history.ts';
import { onlyChannel } from '../../replay/only-channel.ts';
import type { LedgerSnapshot } from '../../replay/ports.ts';
import { rebuild } from '../../replay/rebuild/rebuild.ts';
import { withinRanges } from '../../replay/rebuild/within-ranges.ts';
import { waitUntilEmitted } from '../history/completeness.ts';
import type { TopicSource } from '../history/topic-source.ts';
import type { Work } from '../work.ts';
import { requireNoGap, requireReach } from './coverage.ts';
import { requireSameTopic } from './same-topic.ts';

export type Positions = ReadonlyMap<number, number>;

export type Building = {
  /** Rebuilds up to the end of the file, if the file reaches further than the rebuild so far. */
  fromFile(file: History): Promise<'built' | 'not-needed'>;
  /** Rebuilds the commands whose events are emitted, in several rounds, until few are left. */
  catchUp(): Promise<void>;
  /** Rebuilds the commands whose events are emitted by now. */
  toEmitted(): Promise<void>;
  /** Rebuilds up to one moment of the store. Resolves with the stored and the rebuilt ledgers of that moment. */
  toOneMoment(): Promise<OneMoment>;
  /** Rebuilds up to these positions inside a transaction. Does not compare events, because the processors wait meanwhile. */
  within(transaction: Transaction, to: Positions, watch: Watch): Promise<Rest>;
  /** Call this after a transaction was rolled back: reads the state of the rebuild again. */
  reload(): Promise<void>;
  positions(): Positions;
};

export type OneMoment = { readonly stored: LedgerSnapshot; readonly rebuilt: ChannelLedgers };

/** Limits the time of a short task. */
export type Watch = {
  /** Throws if no time is left. */
  check(): void;
  /** Rejects when no time is left. The task may continue after that, so it must not touch the transaction. */
  race<T>(task: Promise<T>): Promise<T>;
};

export type Rest = {
  readonly store: ShadowStore;
  readonly ledgers: ChannelLedgers;
  readonly policies: readonly PolicyVersion[];
};

export type BuildingDeps = {
  readonly work: Work;
  readonly source: TopicSource;
  /** The pool of the store; `shadow` is that of the rebuild. */
  readonly pool: Database;
  readonly shadow: Database;
  readonly schema: ShadowSchema;
  readonly groupId: string;
  /** The only channel to rebuild; null: all channels. */
  readonly channelId: string | null;
};

/** A part of the history that is rebuilt in one go. */
type Part = {
  readonly ranges: readonly HistoryRange[];
  readonly open: (policies: readonly PolicyVersion[]) => History;
  readonly onProgress: (commands: number) => void;
  readonly race?: Watch['race'];
};

/** If fewer commands are left, they can be rebuilt while the processors wait. */
const FEW_COMMANDS = 1_000;
/** A limit, because new commands may arrive faster than the rebuild handles them. */
const MAX_ROUNDS = 20;

export const createBuilding = async (deps: BuildingDeps): Promise<Building> => {
  const { work, source, pool, shadow, schema, channelId } = deps;
  const scope = { clusterId: source.clusterId, topic: source.topic };
  const codec = createBodyCodec(loadSchemas());
  let reached = new Map<number, number>();
  let folded: readonly FoldedLedger[] = [];

  const reload = async (): Promise<void> => {
    const { positions, ledgers } = await readLedgerSnapshot(shadow, scope);
    reached = new Map(positions);
    folded = ledgers;
  };

  const build = async (connection: Database | Transaction, part: Part): Promise<Rest> => {
    const { ranges, race = inItsTime } = part;
    // Read the policies after the end is fixed: every policy that decided below the end is among them.
    if (connection === shadow) await rememberPolicies(shadow);
    const policies = (await readPoliciesOfRebuild(connection)).filter(
      (version) => channelId === null || version.channelId === channelId,
    );
    const ledgers = createChannelLedgers(policies, folded);
    const store = createShadowStore({ connection, scope, fingerprint: codec.fingerprint.bind(codec) });
    const all = part.open(policies);
    const read = channelId === null ? all : onlyChannel(all, channelId);
    const history: History = {
      ...read,
      steps: () => racing(read.steps(), race),
      decode: (values) => race(read.decode(values)),
    };
    await rebuild({
      history,
      decider: createDecider({
        decode: (values) => history.decode(values),
        codec,
        ledgers,
        claims: store.claims,
      }),
      ledgers,
      shadow: store,
      onProgress: part.onProgress,
    });
    for (const range of ranges) reached.set(range.partition, range.to);
    folded = ledgers.all();
    return { store, ledgers, policies };
  };

  const buildFromTopic = async (
    connection: Database | Transaction,
    to: Positions,
    events: 'with-events' | 'commands-only',
    watching: Pick<Part, 'onProgress' | 'race'>,
  ): Promise<Rest> => {
    const { race = inItsTime } = watching;
    const ranges = await race(
      source.ranges({ kind: 'positions', offsets: reached }, { kind: 'positions', offsets: to }),
    );
    requireNoGap(source.topic, reached, { held: ranges });
    requireReach(source.topic, reached, ranges);
    return build(connection, {
      ranges,
      open: (policies) => source.history(ranges, events, policies),
      ...watching,
    });
  };

  const withProgress = async <T>(
    total: number,
    task: (onProgress: Part['onProgress']) => Promise<T>,
  ): Promise<T> => {
    const progress = work.progress('rebuilding', total);
    try {
      return await task((commands) => progress.set(commands));
    } finally {
      progress.stop();
    }
  };

  const buildWithProgress = (to: Positions): Promise<Rest> =>
    withProgress(commandsUpTo(to), (onProgress) => buildFromTopic(shadow, to, 'with-events', { onProgress }));

  const commandsUpTo = (to: Positions): number =>
    [...to].reduce((sum, [partition, end]) => sum + Math.max(0, end - (reached.get(partition) ?? 0)), 0);

  const readEmittedPositions = async (): Promise<Positions> => {
    const ranges = await source.ranges({ kind: 'earliest' }, { kind: 'committed' });
    return new Map(ranges.map(({ partition, to }) => [partition, to]));
  };

  await reload();
  return {
    positions: () => reached,
    reload,
    fromFile: async (file) => {
      const heldRanges = await source.ranges({ kind: 'earliest' }, { kind: 'latest' });
      requireNoGap(source.topic, reached, { held: heldRanges, file: file.facts.ranges });
      // Rebuild only emitted commands from the file. The topic still has the others; taking them from the file would skip them in the
      // topic.
      const ends = await readEmittedPositions();
      const ranges = file.facts.ranges.map((range) => {
        const from = reached.get(range.partition) ?? 0;
        // If the file starts later than the rebuild stands, the topic holds everything.
        const end = range.from > from ? from : Math.min(range.to, ends.get(range.partition) ?? 0);
        return { ...range, from, to: Math.max(from, end) };
      });
      const total = ranges.reduce((sum, { from, to }) => sum + to - from, 0);
      if (total === 0) return 'not-needed';
      if (!file.facts.withEvents) await schema.noteWithoutEvents();
      const emittedOnly = requireSameTopic(withinRanges(file, ranges), source, heldRanges, async (place) => {
        // The file is the wrong one, so everything that was rebuilt from it is wrong, too.
        await schema.drop();
        throw ofOtherTopic(place);
      });
      await withProgress(total, (onProgress) =>
        build(shadow, { ranges, open: (policies) => ({ ...emittedOnly, policies }), onProgress }),
      );
      return 'built';
    },
    toEmitted: async () => {
      await buildWithProgress(await readEmittedPositions());
    },
    catchUp: async () => {
      for (let round = 0; round < MAX_ROUNDS; round += 1) {
        const to = await readEmittedPositions();
        if (commandsUpTo(to) < FEW_COMMANDS) return;
        await buildWithProgress(to);
      }
    },
    toOneMoment: async () => {
      // Read the emitted positions before the store, which is then ahead of them, unless it has lost commits.
      const emittedBefore = await readEmittedPositions();
      const stored = await readLedgerSnapshot(pool, scope);
      const to = furthest(emittedBefore, stored.positions);
      const unemitted = await waitUntilEmitted(work, source, to);
      if (unemitted.length > 0) throw notEmitted(unemitted);
      const { ledgers } = await buildWithProgress(to);
      return { stored, rebuilt: ledgers };
    },
    within: (transaction, to, watch) =>
      buildFromTopic(transaction, furthest(reached, to), 'commands-only', {
        onProgress: watch.check,
        race: watch.race,
      }),
  };
};

const ofOtherTopic = (place: string): Failure =>
  wrongUse(
    `the file does not belong to this topic, which has another command at ${place}: the topic was created again after the export, ` +
      'or the file was changed. The rebuild from this file was removed',
  );

const inItsTime: Watch['race'] = (task) => task;

async function* racing<T>(steps: AsyncIterable<T>, race: Watch['race']): AsyncGenerator<T, void, undefined> {
  const iterator = steps[Symbol.asyncIterator]();
  for (;;) {
    const next = await race(iterator.next());
    if (next.done === true) return;
    yield next.value;
  }
}

export const notEmitted = (partitions: readonly number[]): Failure =>
  new Failure(
    'transient',
    'NOT_EMITTED',
    `the last decisions of partition${partitions.length === 1 ? '' : 's'} ${partitions.join(', ')} are stored but not emitted yet: ` +
      'start a processor, or wait a moment, and run this again',
    { scope: 'local' },
  );

const furthest = (a: Positions, b: Positions): Positions =>
  new Map(
    [...new Set([...a.keys(), ...b.keys()])].map((partition) => [
      partition,
      Math.max(a.get(partition) ?? 0, b.get(partition) ?? 0),
    ]),
  );
