/**
 * Rebuilds ledgers and decisions from a history, with the processor's own code, and stores them in a shadow of the store. Compares the
 * decisions with the events that were emitted: these are the truth, because consumers have seen them.
 */
import type { Member } from '../../domain/ledger.ts';
import { withBodiesOf } from '../../processor/emitted-before.ts';
import type { ChangedLedger, NewDecision, SeenAgain } from '../../processor/ports/decision-store.ts';
import type { EmittedEvent } from '../../processor/ports/record-codec.ts';
import type { EventType } from '../../wire/event-types.ts';
import type { ChannelLedgers } from '../channel-ledgers.ts';
import type { Decider, Redecided } from '../decider.ts';
import type { CommandStep, History, HistoryStep } from '../history.ts';
import { areAsExpected, compareEvents, expectedEvents, placeOf } from '../verify/compare-events.ts';
import type { Divergence } from '../verify/divergence.ts';
import { HEADER_LENGTH } from '../../wire/frame.ts';

/** The results of a portion. The shadow stores all of them or none. */
export type RebuiltPortion = {
  readonly decisions: readonly RebuiltDecision[];
  readonly duplicates: readonly (SeenAgain & { readonly partition: number })[];
  readonly ledgers: readonly RebuiltLedger[];
  /** Where the rebuilt decisions differ from emitted events. */
  readonly contradictions: readonly Divergence[];
  readonly moves: readonly Move[];
};

export const NOTHING: RebuiltPortion = {
  decisions: [],
  duplicates: [],
  ledgers: [],
  contradictions: [],
  moves: [],
};

export type RebuiltDecision = NewDecision & {
  readonly partition: number;
  /** The broker's timestamp of the command, in milliseconds. */
  readonly timestamp: number;
};

export type RebuiltLedger = ChangedLedger & { readonly policyVersion: number };

/** A partition of the input. It was rebuilt up to `from` before this portion, and is rebuilt up to `to` after it. */
export type Move = { readonly partition: number; readonly from: number; readonly to: number };

export interface Shadow {
  keep(portion: RebuiltPortion): Promise<void>;
}

export type RebuildDeps = {
  readonly history: History;
  readonly decider: Decider;
  readonly ledgers: ChannelLedgers;
  readonly shadow: Shadow;
  readonly onProgress: (commands: number) => void;
};

/** Continues from the current ledgers to the end of the history. */
export const rebuild = async (deps: RebuildDeps): Promise<void> => {
  const { history, decider, ledgers, shadow } = deps;
  const { facts } = history;
  const reached = new Map(facts.ranges.map(({ partition, from }) => [partition, from]));
  let commands = 0;

  const moveTo = (ends: ReadonlyMap<number, number>): readonly Move[] =>
    [...ends].flatMap(([partition, to]) => {
      const from = reached.get(partition) ?? 0;
      reached.set(partition, to);
      return to > from ? [{ partition, from, to }] : [];
    });

  for await (const steps of history.steps()) {
    const decided = await decider.decide(
      steps.filter((step): step is CommandStep => step.kind === 'command'),
    );
    const contradictions = facts.withEvents ? await contradictionsIn(steps, decided, history) : [];
    const kept = facts.withEvents ? await withEmittedBodiesIn(decided, history) : decided;
    const ends = new Map(decided.map(({ step: { record } }) => [record.partition, record.offset + 1]));
    await shadow.keep({ ...portionOf(kept, ledgers), contradictions, moves: moveTo(ends) });
    commands += decided.length;
    deps.onProgress(commands);
  }
  const moves = moveTo(new Map(facts.ranges.map(({ partition, to }) => [partition, to])));
  if (moves.length > 0) await shadow.keep({ ...NOTHING, moves });
};

const portionOf = (
  decided: readonly Redecided[],
  ledgers: ChannelLedgers,
): Pick<RebuiltPortion, 'decisions' | 'duplicates' | 'ledgers'> => {
  const touched = new Map<string, Set<string>>();
  const decisions: RebuiltDecision[] = [];
  const duplicates: (SeenAgain & { partition: number })[] = [];
  for (const { step, entry, owed, decision, closed } of decided) {
    const { partition, offset, timestamp } = step.record;
    if (decision !== null) {
      decisions.push({ ...decision, partition, timestamp });
      const users = touched.get(decision.channelId) ?? new Set();
      touched.set(decision.channelId, users);
      for (const { userId } of closed?.fairness.ranking ?? []) users.add(userId);
    } else if (owed.kind === 'nothing' && entry.kind === 'valid') {
      const { channelId, commandId } = entry.command;
      duplicates.push({ channelId, commandId, partition, offset });
    }
  }
  return {
    decisions,
    duplicates,
    ledgers: [...touched].map(([channelId, users]) => changedLedger(ledgers, channelId, users)),
  };
};

const changedLedger = (
  ledgers: ChannelLedgers,
  channelId: string,
  users: ReadonlySet<string>,
): RebuiltLedger => {
  const folded = ledgers.folded(channelId, 0);
  if (folded === undefined) throw new RangeError(`channel ${channelId} was decided without a ledger`);
  const { head, revision, policyVersion } = folded;
  const members = [...users].flatMap((userId): readonly Member[] => {
    const member = folded.members.get(userId);
    return member === undefined ? [] : [member];
  });
  return { channelId, head, revision, policyVersion, members };
};

const contradictionsIn = async (
  steps: readonly HistoryStep[],
  decided: readonly Redecided[],
  history: History,
): Promise<readonly Divergence[]> => {
  const found: Divergence[] = [];
  for (const redecided of decided) {
    const expected = expectedEvents(redecided, history.facts.groupId);
    if (!areAsExpected(redecided, expected))
      found.push(...(await compareEvents(redecided, expected, history)));
  }
  for (const step of steps) {
    if (step.kind !== 'stray') continue;
    found.push({
      code: 'EVENT_UNEXPECTED',
      channelId: step.emitted.record.key?.toString('utf8') ?? null,
      runId: null,
      commandId: null,
      source: step.source,
      where: placeOf(step.emitted),
      field: 'record',
      expected: 'none',
      found: 'one',
    });
  }
  return found;
};

/** The same decisions. If another version of a schema wrote the events of a decision, it gets the bodies that were emitted. */
const withEmittedBodiesIn = (
  decided: readonly Redecided[],
  history: History,
): Promise<readonly Redecided[]> =>
  Promise.all(
    decided.map(async (redecided) => {
      const { decision, step } = redecided;
      if (decision === null) return redecided;
      const then: Partial<Record<EventType, EmittedEvent>> = {};
      for (const { kind, record } of step.emitted) {
        const body = kind === 'dead-letter' ? undefined : decision.bodies[kind];
        if (kind === 'dead-letter' || body === undefined || record.value === null) continue;
        if (record.value.subarray(HEADER_LENGTH).equals(body)) continue;
        const event = await history.readEmitted(kind, record.value);
        if (event.saysTheSameAs(body)) then[kind] = event;
      }
      return Object.keys(then).length === 0
        ? redecided
        : { ...redecided, decision: withBodiesOf(decision, then) };
    }),
  );

/** The ledgers of channels whose policy was changed after their last command. They differ, because each change is a revision. */
export const ledgersOfPolicies = (
  ledgers: ChannelLedgers,
  channelIds: Iterable<string>,
): readonly RebuiltLedger[] =>
  [...new Set(channelIds)].flatMap((channelId) => {
    const before = ledgers.folded(channelId, 0)?.revision ?? 0;
    const folded = ledgers.folded(channelId, Infinity);
    if (folded === undefined || folded.revision === before) return [];
    return [{ ...folded, members: [] }];
  });
