import { expect } from 'chai';
import fc from 'fast-check';
import type { RunClosed } from '../../src/domain/records.ts';
import type { EventDivergence } from '../../src/replay/events-only/divergence.ts';
import { anEventHistory, audited, positionOf } from '../support/replay/closed-events.ts';
import { holds } from '../support/histories.ts';

type Path = readonly (string | number)[];

/** Every field of an event that holds a value. */
const leavesOf = (value: unknown, path: Path = []): Path[] => {
  if (Array.isArray(value)) return value.flatMap((each, index) => leavesOf(each, [...path, index]));
  if (typeof value === 'object' && value !== null)
    return Object.entries(value).flatMap(([name, each]) => leavesOf(each, [...path, name]));
  return [path];
};

const altered = (value: unknown): unknown => {
  if (typeof value === 'number') return value + 1;
  if (typeof value === 'string') return `${value}x`;
  if (typeof value === 'boolean') return !value;
  return 1;
};

/** The event with one field altered, and the field's name as divergences have it. */
const alter = (event: RunClosed, path: Path): { event: RunClosed; field: string } => {
  const copy = structuredClone(event);
  let parent = copy as unknown as Record<string | number, unknown>;
  for (const step of path.slice(0, -1)) parent = parent[step] as typeof parent;
  const last = path.at(-1) ?? '';
  parent[last] = altered(parent[last]);
  return { event: copy, field: path.join('.').replaceAll(/\.(\d+)/g, '[$1]') };
};

const codesOf = (divergences: readonly EventDivergence[]): string[] => divergences.map(({ code }) => code);

/** What a publisher may have said either way: only what follows from it can be checked. */
const CANNOT_BE_KNOWN =
  /^(runId|correlationId|channelName|closedAt|runner\.slackUserId|fairness\.(policyVersion|windowRuns|repeatAllowed)|fairness\.ranking\[\d+\]\.(userId|displayName|quantity))$/;

/** The names of what is recorded of everybody in the ranking. */
const NUMBER_CODES: Readonly<Record<string, string>> = {
  rank: 'RANK_DIFFERS',
  served: 'SERVED_DIFFERS',
  servedInWindow: 'SERVED_IN_WINDOW_DIFFERS',
  balance: 'BALANCE_DIFFERS',
  charge: 'CHARGE_DIFFERS',
  lastServedSequence: 'LAST_SERVED_DIFFERS',
  exclusion: 'EXCLUSION_DIFFERS',
};

const CODES: Readonly<Record<string, string>> = {
  eventId: 'EVENT_ID_DIFFERS',
  commandId: 'EVENT_ID_DIFFERS',
  channelId: 'EVENT_ID_DIFFERS',
  'runner.userId': 'RUNNER_DIFFERS',
  'runner.displayName': 'RUNNER_NAME_DIFFERS',
  participantCount: 'PARTICIPANT_COUNT_DIFFERS',
  'fairness.unit': 'UNIT_DIFFERS',
  'fairness.reason': 'REASON_DIFFERS',
  'fairness.explanation': 'EXPLANATION_DIFFERS',
  'fairness.policy': 'POLICY_UNKNOWN',
  'fairness.repeat': 'REPEAT_RULE_UNKNOWN',
};

const anAlteredHistory = fc
  .tuple(anEventHistory(), fc.nat(), fc.nat())
  .filter(([events]) => events.length > 0)
  .map(([events, chosenEvent, chosenField]) => {
    const at = chosenEvent % events.length;
    const before = events[at]!;
    const leaves = leavesOf(before);
    const { event, field } = alter(before, leaves[chosenField % leaves.length]!);
    return { events: events.with(at, event), field, at };
  });

describe('the audit of run.closed events', () => {
  it('finds nothing in an untouched history, whatever its policies, repeat rules and names', () => {
    holds(
      fc.property(anEventHistory(), (events) => {
        const { divergences, coverage } = audited(events);
        expect(divergences).to.deep.equal([]);
        expect(coverage).to.include({ decided: events.length, peopleGiven: 0, windowsGiven: 0 });
      }),
    );
  });

  it('finds nothing in channels that come interleaved', () => {
    holds(
      fc.property(
        anEventHistory(12, 'C1'),
        anEventHistory(12, 'C2'),
        fc.infiniteStream(fc.boolean()),
        (one, other, turns) => {
          const left: [RunClosed[], RunClosed[]] = [[...one], [...other]];
          const events: RunClosed[] = [];
          while (left[0].length + left[1].length > 0) {
            const [first, second] = turns.next().value === true ? left : [left[1], left[0]];
            const event = first.shift() ?? second.shift();
            if (event !== undefined) events.push(event);
          }
          expect(audited(events).divergences).to.deep.equal([]);
        },
      ),
      200,
    );
  });

  it('finds and names every altered field that can be recomputed', () => {
    holds(
      fc.property(anAlteredHistory, ({ events, field, at }) => {
        const { divergences } = audited(events);
        if (CANNOT_BE_KNOWN.test(field)) return;
        const [, inRanking] = /^fairness\.ranking\[\d+\]\.(\w+)$/.exec(field) ?? [];
        const code = inRanking === undefined ? CODES[field] : NUMBER_CODES[inRanking];
        const there = divergences.filter(({ position }) => position === positionOf(at));
        if (field === 'sequence') {
          // One event alone might as well be the first that retention has left.
          if (events.length > 1)
            expect(codesOf(divergences)).to.satisfy(
              (codes: string[]) => codes.includes('EVENT_MISSING') || codes.includes('SEQUENCE_TAKEN'),
            );
          return;
        }
        expect(codesOf(there), field).to.include(code);
        if (inRanking !== undefined)
          expect(there.find((each) => each.code === code)?.field, field).to.equal(field);
      }),
      3_000,
    );
  });

  it('tells one altered number of the ranking once', () => {
    holds(
      fc.property(anAlteredHistory, ({ events, field }) => {
        const { divergences } = audited(events);
        const [, inRanking] =
          /^fairness\.ranking\[\d+\]\.(served|servedInWindow|balance|lastServedSequence|rank)$/.exec(field) ??
          [];
        if (inRanking !== undefined)
          expect(divergences, JSON.stringify(divergences, null, 1)).to.have.length(1);
      }),
      3_000,
    );
  });

  const aCut = fc.tuple(anEventHistory(40), fc.nat()).filter(([events]) => events.length > 4);

  it('finds nothing in a stream that begins in the middle, and says what was taken as given', () => {
    holds(
      fc.property(aCut, ([events, chosen]) => {
        const cut = 1 + (chosen % (events.length - 1));
        const { divergences, coverage } = audited(events.slice(cut));
        expect(divergences).to.deep.equal([]);
        expect(coverage.beginInTheMiddle).to.deep.equal([{ channelId: 'C1', first: cut + 1 }]);
        const before = new Set(idsIn(events.slice(0, cut)));
        const known = idsIn(events.slice(cut)).filter((userId) => before.has(userId));
        expect(coverage.peopleGiven).to.equal(new Set(known).size);
      }),
    );
  });

  it('finds a balance that was altered at the start of a stream by the later balances', () => {
    holds(
      fc.property(aCut, ([events, chosen]) => {
        const cut = 1 + (chosen % (events.length - 2));
        const [first, ...later] = events.slice(cut);
        const userId = first?.fairness.ranking[0]?.userId ?? '';
        const follows = idsIn(later).includes(userId);
        const { event } = alter(first!, ['fairness', 'ranking', 0, 'balance']);
        const { divergences } = audited([event, ...later]);
        if (follows)
          expect(codesOf(divergences).filter((code) => code.endsWith('BALANCE_DIFFERS'))).to.not.be.empty;
      }),
    );
  });

  it('names a missing event, and what it cannot check about the people in it', () => {
    holds(
      fc.property(aCut, ([events, chosen]) => {
        const at = 1 + (chosen % (events.length - 2));
        const { divergences } = audited(events.toSpliced(at, 1));
        expect(divergences.map(({ code, expected, found }) => ({ code, expected, found }))).to.deep.equal([
          { code: 'EVENT_MISSING', expected: `run ${String(at + 1)}`, found: `run ${String(at + 2)}` },
        ]);
      }),
    );
  });

  it('names a doubled event and nothing else', () => {
    holds(
      fc.property(aCut, fc.nat(), ([events, chosen], distance) => {
        const at = chosen % events.length;
        const to = at + 1 + (distance % (events.length - at));
        const { divergences } = audited(events.toSpliced(to, 0, events[at]!));
        expect(codesOf(divergences)).to.deep.equal(['EVENT_DOUBLED']);
        expect(divergences[0]).to.include({ position: positionOf(to), sequence: at + 1 });
        expect(divergences[0]?.found).to.be.oneOf(['a copy of it', 'another with its id']);
      }),
    );
  });

  it('tells a doubled event from another one that has its id', () => {
    holds(
      fc.property(aCut, fc.nat(), ([events, chosen], distance) => {
        const at = chosen % events.length;
        const to = at + 1 + (distance % (events.length - at));
        const { event } = alter(events[at]!, ['runner', 'userId']);
        const { divergences } = audited(events.toSpliced(to, 0, event));
        // Whose first stands long before is looked at by itself.
        const isKnown = divergences[0]?.expected === `one event, at ${positionOf(at)}`;
        expect(divergences[0]).to.deep.include({
          code: 'EVENT_DOUBLED',
          found: isKnown ? 'another with its id, and other content' : 'another with its id',
        });
        expect(codesOf(divergences.slice(1))).to.deep.equal(isKnown ? [] : ['RUNNER_DIFFERS']);
        expect(isKnown || to - at > 8).to.equal(true);
      }),
    );
  });

  it('names an event that stands behind a later one, and still checks both', () => {
    holds(
      fc.property(
        aCut,
        fc.integer({ min: 1, max: 7 }),
        fc.boolean(),
        ([events, chosen], distance, alsoAltered) => {
          const at = 1 + (chosen % (events.length - 2));
          const moved = events[at]!;
          const others = events.toSpliced(at, 1);
          const { event } = alsoAltered
            ? alter(moved, ['fairness', 'ranking', 0, 'balance'])
            : { event: moved };
          const to = Math.min(at + distance, others.length);
          const { divergences } = audited(others.toSpliced(to, 0, event));
          expect(codesOf(divergences)).to.deep.equal([
            'EVENT_REORDERED',
            ...(alsoAltered ? ['BALANCE_DIFFERS'] : []),
          ]);
        },
      ),
    );
  });

  it('compares all but the texts of events whose names are forgotten', () => {
    holds(
      fc.property(aCut, fc.boolean(), ([events, chosen], alsoAltered) => {
        const at = chosen % events.length;
        const emptied = forgotten(events[at]!);
        const event = alsoAltered ? alter(emptied, ['fairness', 'ranking', 0, 'charge']).event : emptied;
        const { divergences, coverage } = audited(events.with(at, event));
        expect(coverage.forgotten).to.equal(1);
        expect(codesOf(divergences)).to.deep.equal(
          alsoAltered ? ['CHARGE_DIFFERS', 'CHARGES_DO_NOT_SUM'] : [],
        );
      }),
    );
  });

  it('continues from a ledger that is off by one unit, and reports this once a person', () => {
    holds(
      fc.property(aCut, ([events, chosen]) => {
        const at = chosen % events.length;
        const userId = events[at]!.fairness.ranking[0]!.userId;
        const off = events.map((event, index) => (index < at ? event : withBalance(event, userId, 1)));
        const divergences = audited(off).divergences.filter(({ code }) => code === 'BALANCE_DIFFERS');
        expect(divergences.map((each) => [each.userId, each.position])).to.deep.equal([
          [userId, positionOf(at)],
        ]);
      }),
    );
  });
});

const idsIn = (events: readonly RunClosed[]): readonly string[] =>
  events.flatMap(({ fairness }) => fairness.ranking.map(({ userId }) => userId));

const forgotten = (event: RunClosed): RunClosed => ({
  ...event,
  channelName: null,
  runner: { ...event.runner, slackUserId: null, displayName: '' },
  fairness: {
    ...event.fairness,
    explanation: '',
    ranking: event.fairness.ranking.map((entry) => ({ ...entry, displayName: '' })),
  },
});

const withBalance = (event: RunClosed, userId: string, units: number): RunClosed => ({
  ...event,
  fairness: {
    ...event.fairness,
    ranking: event.fairness.ranking.map((entry) =>
      entry.userId === userId ? { ...entry, balance: entry.balance + units } : entry,
    ),
  },
});
