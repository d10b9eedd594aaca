import { expect } from 'chai';
import { createFirstOutcomes } from '../../../../src/kafka/outcomes/first-outcomes.ts';
import type { CommandOutcome } from '../../../../src/kafka/outcomes/outcome.ts';
import type { PastOutcomes } from '../../../../src/kafka/outcomes/past-outcomes.ts';
import type { Waiting } from '../../../../src/kafka/outcomes/waiting-commands.ts';
import { Failure } from '../../../../src/processor/failure.ts';

const first: CommandOutcome = {
  outcome: 'duplicate',
  first: { outcome: 'dead-letter', code: 'SKIPPED', message: 'an operator skipped it' },
};

/** A command that waits, and what it is told. */
const waiter = (commandId: string, state: Partial<Waiting> = {}) => {
  const told: unknown[] = [];
  const tell = (what: unknown): void => {
    entry.isSettled = true;
    told.push(what);
  };
  const entry: Waiting = {
    command: { channelId: 'C1', commandId, partition: 0, offset: 0 },
    settle: tell,
    fail: tell,
    isCovered: true,
    isDuplicate: true,
    isInDoubt: false,
    isSettled: false,
    ...state,
  };
  return { entry, told };
};

const untilIdle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

describe('The search for first outcomes', () => {
  let stopping: AbortController;

  beforeEach(() => {
    stopping = new AbortController();
  });

  const searchWith = (firsts: PastOutcomes['firsts'], beforeRetry = (): Promise<void> => Promise.resolve()) =>
    createFirstOutcomes({ past: { firsts }, pacer: { beforeRetry }, stopping: stopping.signal });

  it('repeats a search although new duplicates keep coming', async () => {
    let searches = 0;
    let tried = 0;
    const repeated = waiter('c1');
    const searching = searchWith(async (commands, _, tell) => {
      await untilIdle();
      if (searches++ < 100 && !repeated.entry.isSettled)
        searching.search([waiter(`new-${String(searches)}`).entry]);
      const index = commands.findIndex(({ commandId }) => commandId === 'c1');
      if (index >= 0 && ++tried < 2) return 'not yet';
      commands.forEach((__, it) => {
        tell(it, first);
      });
      return 'all found';
    });
    // Each of the four searches at once brings the next one.
    searching.search([repeated.entry]);
    for (const each of ['c2', 'c3', 'c4']) {
      await Promise.resolve();
      searching.search([waiter(each).entry]);
    }
    while (searches < 50 && !repeated.entry.isSettled) await untilIdle();
    expect(repeated.told).to.deep.equal([first]);
    expect(searches).to.be.lessThan(50);
  });

  it('tells a duplicate that its first outcome is gone, and never tells that to a command in doubt', async () => {
    let searches = 0;
    const duplicate = waiter('c1');
    const inDoubt = waiter('c2', { isDuplicate: false, isInDoubt: true });
    const searching = searchWith(() => {
      searches++;
      return Promise.resolve('gone');
    }, untilIdle);
    searching.search([duplicate.entry, inDoubt.entry]);
    while (searches < 5) await untilIdle();
    expect(duplicate.told).to.deep.equal([{ outcome: 'duplicate', first: undefined }]);
    expect(inDoubt.told).to.deep.equal([]);
    stopping.abort();
    const closed = new Failure('fatal', 'WATCH_CLOSED', 'closed');
    searching.close(closed);
    expect(inDoubt.told).to.deep.equal([closed]);
  });
});
