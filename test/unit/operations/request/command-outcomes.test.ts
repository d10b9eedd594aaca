import { expect } from 'chai';
import {
  createFollowOutcomes,
  type Outcome,
  type Published,
} from '../../../../src/operations/request/command-outcomes.ts';
import { Failure, failureOf } from '../../../../src/processor/failure.ts';
import { aCommand } from '../../../support/commands.ts';
import { createOutcomesInMemory, type OutcomesInMemory } from '../../../support/outcomes-in-memory.ts';

const never = new AbortController().signal;

const at = (partition: number, offset: number): Published => {
  const command = aCommand({ commandId: `c${offset}`, runId: `R${offset}` });
  const { commandId, requestedAt } = command;
  return { command, position: { topic: 'run.close.requested', partition, offset, commandId, requestedAt } };
};

const collect = async (outcomes: AsyncIterable<readonly [Published, Outcome]>): Promise<string[]> => {
  const received: string[] = [];
  for await (const [{ command }, { outcome }] of outcomes) received.push(`${command.commandId} ${outcome}`);
  return received;
};

describe('Following the outcomes of published commands', () => {
  let world: OutcomesInMemory;

  beforeEach(() => {
    world = createOutcomesInMemory(2);
  });

  afterEach(() => {
    world.close();
  });

  it('tells each command once, as soon as its outcome is known', async () => {
    const follow = await createFollowOutcomes(world.watch());
    world.closed({ partition: 1, offset: 3, commandId: 'c9' });
    world.closed({ partition: 1, offset: 7 });
    world.rejected({ partition: 1, offset: 8 });
    world.skipped({ partition: 0, offset: 4 });
    world.committed.set(1, 10);
    const outcomes = await collect(follow([at(1, 7), at(1, 8), at(1, 9), at(0, 4)], never));
    expect(outcomes).to.have.members(['c7 closed', 'c8 rejected', 'c9 duplicate', 'c4 dead-letter']);
  });

  it('tells a timeout for the others when it is over', async () => {
    const follow = await createFollowOutcomes(world.watch());
    const over = new AbortController();
    world.closed({ partition: 1, offset: 7 });
    world.committed.set(1, 8).set(0, null);
    const outcomes: string[] = [];
    for await (const [{ command }, { outcome }] of follow([at(1, 7), at(1, 8), at(0, 3)], over.signal)) {
      outcomes.push(`${command.commandId} ${outcome}`);
      over.abort();
    }
    expect(outcomes).to.deep.equal(['c7 closed', 'c8 timeout', 'c3 timeout']);
  });

  it('fails if an outcome cannot be read', async () => {
    const failure = new Failure('fatal', 'KAFKA_TOPIC_AUTHORIZATION_FAILED', 'grant READ');
    const watch = { begin: () => Promise.resolve(new Map()), outcomeOf: () => Promise.reject(failure) };
    const follow = await createFollowOutcomes(watch);
    expect(await collect(follow([at(1, 7)], never)).catch(failureOf)).to.equal(failure);
  });
});
