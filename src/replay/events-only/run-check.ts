import { decide, type Closed } from '../../domain/decide.ts';
import { evolve, type Ledger, type Member, UNIT } from '../../domain/ledger.ts';
import type { RankingEntry, RunClosed } from '../../domain/records.ts';
import { commandOf, policyOf, runSettingsIn } from '../reconstructed-command.ts';
import { decisionDifferences, entryDifferences } from './decision-difference.ts';
import { finding, type Finding } from './divergence.ts';
import { isForgotten } from './forgotten.ts';
import { createPeople, haveSameNumbers, type Meeting } from './people.ts';
import { createPolicyVersions } from './policy-versions.ts';
import { createRecentRunners } from './recent-runners.ts';
import { chargesDifference, shapeFaults, unknownSetting } from './run-shape.ts';

/** Decides the runs of one channel again, one after another. */
export type RunCheck = {
  /** Call this for each run in order. Before it, call `miss` for runs that are missing. */
  check(event: RunClosed): readonly Finding[];
  miss(from: number, to: number): void;
  /** The number of people whose numbers were taken from an event, because runs are missing. */
  peopleGiven(): number;
  /** The number of runs whose window contains missing runs. */
  windowsGiven(): number;
};

export const createRunCheck = (): RunCheck => {
  const people = createPeople(UNIT);
  const runners = createRecentRunners();
  const versions = createPolicyVersions();
  let reportedSum = 0;
  let windowsGiven = 0;

  const meetAll = ({ sequence, fairness }: RunClosed): readonly Met[] =>
    fairness.ranking.map((entry, index) => {
      const isOfAnother = (run: number) => runners.isOfAnother(run, entry.userId);
      const meeting = people.meet(entry, sequence, isOfAnother);
      if (meeting.kind !== 'differs') runners.learn(entry.userId, meeting.member.lastServedSequence);
      return { ...meeting, entry, index };
    });

  const ledgerOf = (event: RunClosed, members: readonly Member[]): Ledger => ({
    head: {
      sequence: event.sequence - 1,
      previousRunner: runners.previousRunner(),
      ring: runners.ring(event.fairness.ranking, event.fairness.windowRuns),
    },
    members: new Map(members.map((member) => [member.userId, member])),
  });

  const checkSum = (): readonly Finding[] => {
    const sum = people.sum() ?? 0;
    if (sum === reportedSum) return [];
    reportedSum = sum;
    return sum === 0 ? [] : [finding('BALANCES_DO_NOT_SUM', 'balances of the channel', 0, sum)];
  };

  /** Folds the event. As the other version, keeps the result of the numbers in the event, or of the right decision. */
  const fold = (event: RunClosed, decision: Closed | null, { asFolded, asTold }: BothLedgers): void => {
    const told = evolve(asFolded, event)?.members ?? [];
    const otherwise =
      asTold !== null ? evolve(asTold, event) : decision === null ? null : evolve(asFolded, decision);
    const others = new Map(otherwise?.members.map((member) => [member.userId, member]));
    for (const member of told) {
      const other = others.get(member.userId);
      people.set(member, other === undefined || haveSameNumbers(member, other) ? null : other);
    }
    const { sequence, runner } = event;
    runners.push({ sequence, told: runner.userId, decided: decision?.runner.userId ?? runner.userId });
  };

  return {
    check: (event) => {
      const met = meetAll(event);
      const asFolded = ledgerOf(
        event,
        met.map(({ member }) => member),
      );
      const asTold = met.some(({ kind }) => kind === 'differs')
        ? ledgerOf(
            event,
            met.map(({ told }) => told),
          )
        : null;
      if (runners.hasHole(event.fairness.windowRuns)) windowsGiven += 1;

      const faults = [
        ...shapeFaults(event),
        ...unknownSetting(event.fairness),
        ...versions.check(event.fairness),
      ];
      const { decision, differences } = decideAgain(event, met, { asFolded, asTold });
      const charges = chargesDifference(event);

      fold(event, decision, { asFolded, asTold });
      const sums = checkSum();
      return [
        ...faults,
        ...differences,
        ...met.flatMap(impossibleNumbers),
        ...charges,
        ...(charges.length > 0 ? [] : sums),
      ];
    },
    miss: (from, to) => {
      people.miss(to - from + 1);
      runners.skip(from, to);
    },
    peopleGiven: () => people.given(),
    windowsGiven: () => windowsGiven,
  };
};

type Met = Meeting & { readonly entry: RankingEntry; readonly index: number };

/** The ledger that the earlier events left, and the ledger with the numbers in the event; null: they are equal. */
type BothLedgers = { readonly asFolded: Ledger; readonly asTold: Ledger | null };

type Redecided = { readonly decision: Closed | null; readonly differences: readonly Finding[] };

/**
 * Decides the run twice: on the ledger that the earlier events left, and on the numbers in the event itself. The decision with fewer
 * differences counts. An altered number in one event is one difference on the ledger; a run that was decided on a wrong ledger has few on
 * its own numbers.
 */
const decideAgain = (event: RunClosed, met: readonly Met[], { asFolded, asTold }: BothLedgers): Redecided => {
  const first = redecide(event, asFolded, []);
  if (asTold === null) return first;
  const second = redecide(event, asTold, met.flatMap(numbersThatDiffer));
  return first.decision !== null && first.differences.length <= second.differences.length ? first : second;
};

const redecide = (event: RunClosed, ledger: Ledger, others: readonly Finding[]): Redecided => {
  const settings = runSettingsIn(event.fairness);
  if ('unknown' in settings) return { decision: null, differences: others };
  const policy = policyOf(settings, event.fairness.policyVersion);
  const decision = decide({ ledger, policy, closedBy: undefined }, commandOf(event));
  if (decision.kind === 'rejected') {
    const nobody = finding('NOBODY_ABLE', 'fairness.ranking', 'somebody who can run', 'nobody');
    return { decision: null, differences: [nobody, ...others] };
  }
  return { decision, differences: [...others, ...decisionDifferences(decision, event, { isForgotten })] };
};

const numbersThatDiffer = ({ kind, member, entry, index }: Met): readonly Finding[] => {
  const { served, balance, lastServedSequence } = member;
  return kind === 'differs' ? entryDifferences({ served, balance, lastServedSequence }, entry, index) : [];
};

const impossibleNumbers = ({ impossible: what, entry, index }: Met): readonly Finding[] =>
  what === null
    ? []
    : [
        {
          code: 'STARTING_NUMBERS_IMPOSSIBLE',
          field: `fairness.ranking[${String(index)}].${what.field}`,
          userId: entry.userId,
          expected: what.expected,
          found: entry[what.field],
        },
      ];
