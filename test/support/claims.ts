import { expect } from 'chai';
import { UNIT } from '../../src/domain/ledger.ts';
import type { RankingEntry, RunClosed } from '../../src/domain/records.ts';
import { referenceNumber } from './reference-pick.ts';

type Event = Pick<RunClosed, 'sequence' | 'fairness'>;

/** A kind of sentence: its words, and a check that the event makes it true. */
type Claim = readonly [RegExp, (groups: readonly string[], event: EventFacts) => void];

/** The printed number is the rational `units`/UNIT, rounded half to even. Exact: in BigInt. */
const expectRounded = (printed: string, units: number): void => {
  const decimals = printed.length - printed.indexOf('.') - 1;
  const scale = 10n ** BigInt(decimals);
  const error = BigInt(printed.replace('.', '')) * BigInt(UNIT) - BigInt(units) * scale;
  const doubled = 2n * (error < 0n ? -error : error);
  expect(doubled <= BigInt(UNIT), `${printed} for ${String(units)} units`).to.equal(true);
  if (doubled === BigInt(UNIT)) expect(Number(printed.at(-1)) % 2).to.equal(0);
};

/** The facts that a reader derives from the event to check a text. */
type EventFacts = {
  readonly inLine: readonly RankingEntry[];
  readonly runner: RankingEntry;
  /** Rank 2. Fails if there is none. */
  readonly second: RankingEntry;
  readonly held: RankingEntry | undefined;
  readonly windowSize: number;
  readonly sequence: number;
  readonly ranking: readonly RankingEntry[];
  readonly repeatAllowed: boolean;
  readonly byNumber: (entry: RankingEntry) => number;
  readonly called: (name: string | undefined) => RankingEntry;
};

/** Reads an explanation sentence by sentence. Fails at the first sentence that is unknown or not true of the event. */
export const expectTrue = ({ sequence, fairness }: Event): void => {
  const { explanation, ranking, policy, windowRuns, repeatAllowed, reason } = fairness;
  const names = shownNames(ranking);
  const inLine = ranking.filter(({ rank }) => rank !== null);
  const [runner, second] = inLine;
  if (runner === undefined) throw new Error('nobody is in line');
  const facts: EventFacts = {
    inLine,
    runner,
    get second() {
      if (second === undefined) throw new Error('the text speaks of a second in line');
      return second;
    },
    held: ranking.find(({ exclusion }) => exclusion === 'PREVIOUS_RUNNER'),
    windowSize: Math.min(windowRuns, sequence - 1),
    sequence,
    ranking,
    repeatAllowed,
    byNumber: (entry) => referenceNumber(policy, entry),
    called: (name) => {
      const entry = ranking.find(({ userId }) => names.get(userId) === name);
      if (entry === undefined) throw new Error(`nobody in the ranking is called "${String(name)}"`);
      return entry;
    },
  };
  const again = runner.lastServedSequence === sequence - 1 ? ' again' : '';
  const lot = reason === 'TIE_LOT' ? ', by lot' : '';
  const opening = `${names.get(runner.userId) ?? ''} goes${again}${lot}: `;
  expect(explanation.startsWith(opening), explanation).to.equal(true);

  let rest = explanation.slice(opening.length);
  while (rest !== '') {
    const next = CLAIMS.map(([pattern, check]) => ({ found: pattern.exec(rest), check })).find(
      ({ found }) => found !== null,
    );
    if (next?.found == null) {
      throw new Error(
        `no claim knows "${rest}" in "${explanation}": add to CLAIMS in test/support/claims.ts what this sentence of ${policy} claims`,
      );
    }
    const [sentence, ...groups] = next.found;
    next.check(groups, facts);
    rest = rest.slice(sentence.length).trimStart();
  }
};

/** Implements the rule a second time: the display name or the user id, and the id behind a name that two people share. */
const shownNames = (ranking: readonly RankingEntry[]): ReadonlyMap<string, string> => {
  const nameOf = ({ userId, displayName }: RankingEntry) => (/\S/.test(displayName) ? displayName : userId);
  return new Map(
    ranking.map((entry) => {
      const name = nameOf(entry);
      const isShared = ranking.some((other) => other !== entry && nameOf(other) === name);
      return [entry.userId, isShared ? `${name} (${entry.userId})` : name];
    }),
  );
};

const STANDING = String.raw`(even|(?:\d+\.\d+(?: runs)? )?(?:behind|ahead)(?: by a rounding remainder)?)`;

const expectStanding = (phrase: string | undefined, balance: number): void => {
  const [, runs, side, remainder] =
    /^(?:(\d+\.\d+)(?: runs)? )?(behind|ahead|even)( by a rounding remainder)?$/.exec(phrase ?? '') ?? [];
  expect(side).to.equal(balance < 0 ? 'behind' : balance > 0 ? 'ahead' : 'even');
  if (runs !== undefined) {
    expectRounded(runs, Math.abs(balance));
    expect(Number(runs)).to.be.above(0);
  } else if (balance !== 0) {
    expect(remainder).to.equal(' by a rounding remainder');
    expect(Math.abs(balance)).to.be.below(UNIT / 10_000);
  }
};

/** The runner alone has the lowest first number. Otherwise a text must not say furthest, longest or fewest. */
const expectAloneInFront = ({ inLine, runner, byNumber }: EventFacts): void => {
  for (const other of inLine) if (other !== runner) expect(byNumber(other)).to.be.above(byNumber(runner));
};

const expectInLine = (count: string | undefined, facts: EventFacts): void => {
  expect(Number(count)).to.equal(facts.inLine.length).and.to.be.at.least(3);
  expectAloneInFront(facts);
};

const expectAgo = (phrase: string | undefined, entry: RankingEntry, sequence: number): void => {
  const runs = sequence - (entry.lastServedSequence ?? NaN);
  expect(phrase).to.be.oneOf(runs === 1 ? ['last time'] : [`${String(runs)} runs ago`, String(runs)]);
};

const expectServices = (
  times: string | undefined,
  size: string | undefined,
  facts: EventFacts,
  entry: RankingEntry,
) => {
  expect(Number(times === 'none' ? 0 : times)).to.equal(entry.servedInWindow);
  if (size !== undefined) expect(Number(size)).to.equal(facts.windowSize).and.to.be.above(1);
};

/**
 * "A and B … both", "A, B and C … all": the names, in rank order, must be exactly the people who are tied with the runner in the policy's
 * first number.
 */
const expectTied = (
  names: string | undefined,
  bothOrAll: string | undefined,
  facts: EventFacts,
  served: readonly RankingEntry[] = [],
): readonly RankingEntry[] => {
  const { inLine, runner, byNumber, called } = facts;
  const tied = inLine.filter((entry) => byNumber(entry) === byNumber(runner) && !served.includes(entry));
  const [, listed = '', last = ''] = /^(.*) and (.*)$/.exec(names ?? '') ?? [];
  const shown = listed.split(', ');
  const others = /^(\d+) others$/.exec(last)?.[1];
  if (others === undefined) shown.push(last);
  else expect([shown.length, Number(others)]).to.deep.equal([3, tied.length - 3]);
  expect(shown.map(called)).to.deep.equal(tied.slice(0, shown.length));
  if (others === undefined) expect(shown.length).to.equal(tied.length).and.to.be.at.most(4);
  if (bothOrAll !== undefined) expect(bothOrAll).to.equal(tied.length === 2 ? 'both' : 'all');
  return tied;
};

const peopleWhoWent = ({ inLine }: EventFacts) =>
  inLine.filter(({ lastServedSequence }) => lastServedSequence !== null);

const expectNeverGone = (entries: readonly RankingEntry[]): void => {
  for (const { served, lastServedSequence } of entries)
    expect([served, lastServedSequence]).to.deep.equal([0, null]);
};

const claim = (pattern: string, check: Claim[1]): Claim => [new RegExp(`^${pattern}`, 'u'), check];

const CLAIMS: readonly Claim[] = [
  claim(String.raw`nobody else ordered\.`, (_, { ranking }) => {
    expect(ranking.length).to.equal(1);
  }),
  claim(String.raw`nobody else who ordered can\.`, (_, { ranking, runner }) => {
    expect(ranking.length).to.be.above(1);
    for (const entry of ranking) if (entry !== runner) expect(entry.exclusion).to.equal('CANNOT_RUN');
  }),
  claim('this is the first run here, so everyone starts even\\.', (_, { sequence, ranking }) => {
    expect(sequence).to.equal(1);
    for (const { balance } of ranking) expect(balance).to.equal(0);
  }),
  claim(String.raw`this is the first run here, and (.+) comes first by user id\.`, ([name], facts) => {
    expect(facts.sequence).to.equal(1);
    expect(facts.called(name)).to.equal(facts.runner);
    for (const { userId } of facts.inLine) expect(facts.runner.userId <= userId).to.equal(true);
  }),
  claim('(.+) are (both|all) ordering here for the first time\\.', ([names, bothOrAll], facts) => {
    const tied = expectTied(names, bothOrAll, facts, peopleWhoWent(facts));
    expectNeverGone(tied);
    for (const { balance } of tied) expect(balance).to.equal(0);
  }),
  claim(`(.+) are (both|all) ${STANDING} and have never gone\\.`, ([names, bothOrAll, standing], facts) => {
    expectNeverGone(expectTied(names, bothOrAll, facts, peopleWhoWent(facts)));
    expectStanding(standing, facts.runner.balance);
  }),
  claim('(.+) have never gone\\.', ([names], facts) => {
    expectNeverGone(expectTied(names, undefined, facts, peopleWhoWent(facts)));
  }),
  claim(
    `(.+) are (both|all) ${STANDING}, and (.+) (has never gone|went long(?:er|est) ago \\((.+)\\))\\.`,
    ([names, bothOrAll, standing, name, went, details], facts) => {
      expectStanding(standing, facts.runner.balance);
      expectLongestAgo(expectTied(names, bothOrAll, facts), name, went, details, facts);
    },
  ),
  claim(
    '(.+) (both|all) made (\\d+) of the last (\\d+) runs, and (.+) (went long(?:er|est) ago \\((.+)\\))\\.',
    ([names, bothOrAll, some, size, name, went, details], facts) => {
      expectServices(some, size, facts, facts.runner);
      expectLongestAgo(expectTied(names, bothOrAll, facts), name, went, details, facts);
    },
  ),
  claim(
    '(.+) (?:made none of the last (\\d+) runs|did not make the last run), and (.+) comes first by user id\\.',
    ([names, size, name], facts) => {
      const tied = expectTied(names, undefined, facts);
      expect(size === undefined ? 1 : Number(size)).to.equal(facts.windowSize);
      expect(facts.called(name)).to.equal(facts.runner);
      for (const { userId, servedInWindow } of tied) {
        expect(servedInWindow).to.equal(0);
        expect(facts.runner.userId <= userId).to.equal(true);
      }
    },
  ),
  claim(
    `${STANDING} \\(made (\\d+), fair share (\\d+\\.\\d+)\\)`,
    ([standing, made, share = ''], { runner }) => {
      expectStanding(standing, runner.balance);
      expect(Number(made)).to.equal(runner.served);
      expectRounded(share, runner.served * UNIT - runner.balance);
    },
  ),
  claim('ordering here for the first time(?=;)', (_, { runner }) => {
    expectNeverGone([runner]);
    expect(runner.balance).to.equal(0);
  }),
  claim(', the furthest of the (\\d+) in line\\.', ([count], facts) => {
    expectInLine(count, facts);
    expect(facts.runner.balance).to.be.below(0);
  }),
  claim('; everyone else in line is (further )?ahead\\.', ([further], facts) => {
    expectInLine(String(facts.inLine.length), facts);
    expect(facts.runner.balance > 0).to.equal(further !== undefined);
    expect(facts.runner.balance).to.be.at.least(0);
  }),
  claim(
    `; (.+) is ${STANDING}(, better off by a rounding remainder)?\\.`,
    ([name, standing, remainder], facts) => {
      expect([facts.called(name), facts.inLine.length]).to.deep.equal([facts.second, 2]);
      expectStanding(standing, facts.second.balance);
      expectAloneInFront(facts);
      if (remainder !== undefined)
        expect(facts.second.balance - facts.runner.balance).to.be.below(UNIT / 5_000);
    },
  ),
  claim(
    'last went (\\d+ runs ago)(?:; (.+) (\\d+|last time)|, the longest of the (\\d+) in line)\\.',
    (groups, facts) => {
      const [ago, name, secondAgo, count] = groups;
      expectAgo(ago, facts.runner, facts.sequence);
      if (name === undefined) expectInLine(count, facts);
      else {
        expect([facts.called(name), facts.inLine.length]).to.deep.equal([facts.second, 2]);
        expectAgo(secondAgo, facts.second, facts.sequence);
      }
    },
  ),
  claim('has never gone; (.+) went (\\d+ runs ago|last time)\\.', ([name, ago], facts) => {
    expectNeverGone([facts.runner]);
    expect([facts.called(name), facts.inLine.length]).to.deep.equal([facts.second, 2]);
    expectAgo(ago, facts.second, facts.sequence);
  }),
  claim('the only one in line who has never gone\\.', (_, facts) => {
    expectNeverGone([facts.runner]);
    expectInLine(String(facts.inLine.length), facts);
  }),
  claim(
    'made (none|\\d+) of the last (\\d+) runs(?:; (.+) made (\\d+)|, the fewest of the (\\d+) in line)\\.',
    (groups, facts) => {
      const [some, size, name, secondSome, count] = groups;
      expectServices(some, size, facts, facts.runner);
      if (name === undefined) expectInLine(count, facts);
      else {
        expect([facts.called(name), facts.inLine.length]).to.deep.equal([facts.second, 2]);
        expectServices(secondSome, undefined, facts, facts.second);
        expectAloneInFront(facts);
      }
    },
  ),
  claim('(.+) made the last run\\.', ([name], facts) => {
    expect([facts.called(name), facts.inLine.length]).to.deep.equal([facts.second, 2]);
    expect([facts.windowSize, facts.second.servedInWindow, facts.runner.servedInWindow]).to.deep.equal([
      1, 1, 0,
    ]);
  }),
  claim('Two in a row was allowed for this run\\.', (_, { repeatAllowed, runner, sequence }) => {
    expect([repeatAllowed, runner.lastServedSequence]).to.deep.equal([true, sequence - 1]);
  }),
  claim(
    'Two in a row happens here only when the next in line is at least one run better off: (.+) is (\\d+\\.\\d+) better off\\.',
    ([name, gap = ''], { called, second, runner, sequence }) => {
      expect([called(name), runner.lastServedSequence]).to.deep.equal([second, sequence - 1]);
      expect(second.balance - runner.balance).to.be.at.least(UNIT);
      expectRounded(gap, second.balance - runner.balance);
    },
  ),
  claim(
    '(.+) \\((.+)\\) would have been first( by a rounding remainder)?, but went last time\\.',
    ([name, standing, remainder], { called, held, runner, byNumber, windowSize, sequence }) => {
      expect([called(name), held?.lastServedSequence]).to.deep.equal([held, sequence - 1]);
      if (held === undefined) return;
      expect(byNumber(held)).to.be.below(byNumber(runner));
      const window = /^(none|\d+) of the last (\d+) runs$/.exec(standing ?? '');
      if (window === null) expectStanding(standing, held.balance);
      else expect(window.slice(1).map(Number)).to.deep.equal([held.servedInWindow, windowSize]);
      if (remainder !== undefined) expect(runner.balance - held.balance).to.be.below(UNIT / 5_000);
    },
  ),
  claim(String.raw`(.+) went last time(, and nobody else who ordered can)?\.`, ([name, others], facts) => {
    const { inLine, held, ranking, called, sequence } = facts;
    expect(called(name)).to.equal(held);
    expect(held?.lastServedSequence).to.equal(sequence - 1);
    expect([inLine.length, ranking.length > 2]).to.deep.equal([1, others !== undefined]);
  }),
];

const expectLongestAgo = (
  tied: readonly RankingEntry[],
  name: string | undefined,
  went: string | undefined,
  details: string | undefined,
  { called, runner, sequence }: EventFacts,
): void => {
  expect(called(name)).to.equal(runner);
  for (const other of tied)
    if (other !== runner) expect(other.lastServedSequence).to.be.above(runner.lastServedSequence ?? 0);
  if (went === 'has never gone') {
    expectNeverGone([runner]);
    return;
  }
  expect(went?.startsWith(tied.length === 2 ? 'went longer ago' : 'went longest ago')).to.equal(true);
  const [ago, other] = (details ?? '').split('; ');
  expectAgo(ago, runner, sequence);
  expect(other !== undefined).to.equal(tied.length === 2);
  const [, otherName, otherAgo] = /^(.*) (\d+|last time)$/.exec(other ?? '') ?? [];
  if (otherName !== undefined) expectAgo(otherAgo, called(otherName), sequence);
};
