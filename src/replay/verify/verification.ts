import type { Emission } from '../../processor/ports/output.ts';
import { positionNamed, positionText } from '../../wire/position.ts';
import type { Decider, Redecided } from '../decider.ts';
import type { CommandStep, History, HistoryStep, Place } from '../history.ts';
import type { ForgetIn, StoredDecisions } from '../ports.ts';
import { compareDecision, unexpected } from './compare-decisions.ts';
import { areAsExpected, compareEvents, expectedEvents } from './compare-events.ts';
import { createDivergences, type Divergences } from './divergence.ts';
import { createMisplacedEvents, type WaitingEvents } from './misplaced-events.ts';

export type VerifyDeps = {
  readonly history: History;
  readonly decider: Decider;
  readonly forget: ForgetIn;
  /** Null: there are no stored decisions to compare with. */
  readonly stored: StoredDecisions | null;
  /** By partition: commands below this offset are decided again, but not compared. */
  readonly comparedFrom: ReadonlyMap<number, number>;
  /** The only channel to verify; undefined: all channels. */
  readonly channelId: string | undefined;
  /** How many divergences are listed; all are counted. */
  readonly limit: number;
  readonly onProgress: (commands: number) => void;
  /** The state of an interrupted verification, which this one resumes. */
  readonly resumeFrom?: VerifiedSoFar;
  /** Called after each portion after which the history can resume. `soFar` returns the state to save. */
  readonly onPortion?: (soFar: () => VerifiedSoFar) => Promise<void>;
};

/** The state of a verification, except its ledgers and claims. */
export type VerifiedSoFar = {
  readonly steps: number;
  /** Where the history resumes. If undefined, the first `steps` steps are read again and skipped. */
  readonly place: Place | undefined;
  readonly commands: number;
  readonly outcomes: Outcomes;
  readonly compared: { readonly events: number; readonly decisions: number };
  readonly forgotten: Forgettings;
  readonly divergences: Pick<Divergences, 'listed' | 'counts'>;
  readonly waiting: WaitingEvents;
  /** By partition: stored decisions below this offset were compared. */
  readonly passed: ReadonlyMap<number, number>;
};

/** The result of a verification, except its ledgers. */
export type Verification = {
  readonly commands: number;
  readonly outcomes: Outcomes;
  /** The number of emitted records that were compared. */
  readonly events: number;
  readonly decisions: number;
  readonly forgotten: Forgettings;
  readonly divergences: Pick<Divergences, 'listed' | 'counts'>;
};

/** The number of stored decisions whose bodies were redacted: everybody's data, or the data of some people. */
export type Forgettings = { readonly everybody: number; readonly somePeople: number };

export type Outcomes = {
  readonly closed: number;
  readonly rejected: number;
  readonly duplicates: number;
  readonly deadLetters: number;
};

/** Decides a history again, and compares the result with its events and with the stored decisions. Also folds the ledgers. */
export const verify = async (deps: VerifyDeps): Promise<Verification> => {
  const { history, decider, stored, channelId, resumeFrom } = deps;
  const { facts } = history;
  const divergences = createDivergences(deps.limit);
  if (resumeFrom !== undefined) divergences.merge(resumeFrom.divergences);
  const misplaced = createMisplacedEvents(divergences, resumeFrom?.waiting);
  const outcomes = { closed: 0, rejected: 0, duplicates: 0, deadLetters: 0, ...resumeFrom?.outcomes };
  const compared = { events: 0, decisions: 0, ...resumeFrom?.compared };
  const forgotten = { everybody: 0, somePeople: 0, ...resumeFrom?.forgotten };
  const firstCompared = (partition: number): number => deps.comparedFrom.get(partition) ?? 0;
  const isCompared = ({ partition, offset }: { partition: number; offset: number }): boolean =>
    offset >= firstCompared(partition);
  const passed = new Map(
    facts.ranges.map(({ partition, from }) => [partition, Math.max(from, firstCompared(partition))]),
  );
  for (const [partition, offset] of resumeFrom?.passed ?? []) passed.set(partition, offset);
  const isIncluded = (id: string): boolean => channelId === undefined || id === channelId;
  let commands = resumeFrom?.commands ?? 0;
  let done = resumeFrom?.steps ?? 0;
  const soFar = (): VerifiedSoFar => ({
    steps: done,
    place: history.place?.(),
    commands,
    outcomes,
    compared,
    forgotten,
    divergences: { listed: divergences.listed, counts: divergences.counts },
    waiting: misplaced.waiting(),
    passed,
  });

  /** Counts the outcome, and compares the records quickly. Returns the expected records if a closer comparison is needed; otherwise null. */
  const compareQuickly = (redecided: Redecided): readonly Emission[] | null => {
    const { record, emitted } = redecided.step;
    count(outcomes, redecided);
    if (!facts.withEvents || !isCompared(record)) return null;
    compared.events += emitted.length;
    const expected = expectedEvents(redecided, facts.groupId);
    if (!areAsExpected(redecided, expected)) return expected;
    misplaced.passed(record.partition, record.offset);
    return null;
  };

  const compareEach = async (redecided: Redecided, expected: readonly Emission[]): Promise<void> => {
    for (const divergence of await compareEvents(redecided, expected, history)) {
      if (divergence.code === 'EVENT_MISSING') misplaced.missing(divergence);
      else divergences.add(divergence);
    }
    const { partition, offset } = redecided.step.record;
    misplaced.passed(partition, offset);
  };

  const compareStored = async (
    partition: number,
    to: number,
    decided: readonly Redecided[],
  ): Promise<void> => {
    if (stored === null) return;
    const from = passed.get(partition) ?? 0;
    passed.set(partition, to);
    const rows = new Map((await stored.inRange({ partition, from, to })).map((row) => [row.offset, row]));
    for (const redecided of decided) {
      const { offset } = redecided.step.record;
      const row = rows.get(offset);
      const divergence = compareDecision(redecided, row, deps.forget);
      if (divergence !== null) divergences.add(divergence);
      if (row !== undefined && row.forgotten !== null)
        forgotten[row.forgotten === 'everybody' ? 'everybody' : 'somePeople'] += 1;
      if (rows.delete(offset)) compared.decisions += 1;
    }
    for (const row of rows.values()) {
      if (isIncluded(row.channelId))
        divergences.add(unexpected(row, positionText({ topic: facts.topic, partition, offset: row.offset })));
    }
  };

  for await (const steps of resumeFrom?.place ? history.steps(resumeFrom.place) : stepsAfter(history, done)) {
    const decided = await decider.decide(
      steps.filter((step): step is CommandStep => step.kind === 'command'),
    );
    let next = 0;
    for (const step of steps) {
      if (step.kind === 'stray') {
        const at = positionNamed(step.source ?? '');
        if (at === null || isCompared(at)) misplaced.stray(step.emitted, step.source);
      } else {
        const redecided = decided[next++] as Redecided;
        const expected = compareQuickly(redecided);
        if (expected !== null) await compareEach(redecided, expected);
      }
    }
    for (const [partition, ofPartition] of byPartition(
      decided.filter(({ step }) => isCompared(step.record)),
    )) {
      const last = ofPartition.at(-1)?.step.record.offset ?? -1;
      await compareStored(partition, last + 1, ofPartition);
    }
    commands += decided.length;
    done += steps.length;
    deps.onProgress(commands);
    if (history.place === undefined || history.place() !== undefined) await deps.onPortion?.(soFar);
  }
  for (const { partition, to } of facts.ranges)
    await compareStored(partition, Math.max(to, firstCompared(partition)), []);
  misplaced.flush();

  return { commands, outcomes, ...compared, forgotten, divergences };
};

/** The steps of a history without the first `skipped` ones. */
async function* stepsAfter(
  history: History,
  skipped: number,
): AsyncGenerator<readonly HistoryStep[], void, undefined> {
  let left = skipped;
  for await (const steps of history.steps()) {
    if (steps.length > left) yield steps.slice(left);
    left = Math.max(0, left - steps.length);
  }
}

const byPartition = (decided: readonly Redecided[]): ReadonlyMap<number, readonly Redecided[]> => {
  const partitions = new Map<number, Redecided[]>();
  for (const each of decided) {
    const { partition } = each.step.record;
    const ofPartition = partitions.get(partition) ?? [];
    partitions.set(partition, ofPartition);
    ofPartition.push(each);
  }
  return partitions;
};

const count = (
  outcomes: { closed: number; rejected: number; duplicates: number; deadLetters: number },
  { owed, closed }: Redecided,
): void => {
  switch (owed.kind) {
    case 'nothing':
      outcomes.duplicates += 1;
      break;
    case 'dead-letter':
      outcomes.deadLetters += 1;
      break;
    case 'events':
      if (closed === null) outcomes.rejected += 1;
      else outcomes.closed += 1;
      break;
  }
};
