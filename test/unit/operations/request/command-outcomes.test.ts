import { expect } from 'chai';
import {
  createFollowOutcomes,
  type Outcome,
  type Published,
} from '../../../../src/operations/request/command-outcomes.ts';
import type { ReadValue, Reading } from '../../../../src/operations/servers/record-reading.ts';
import { deadLetter } from '../../../../src/kafka/records/dead-letters.ts';
import { topicNames } from '../../../../src/kafka/names/topic-names.ts';
import type { Headers } from '../../../../src/wire/headers.ts';
import { aCommand } from '../../../support/commands.ts';
import { createTopicsInMemory } from '../../../support/topics-in-memory.ts';

const names = topicNames();
const never = new AbortController().signal;

const from = (partition: number, offset: number): Headers => [
  ['source-offset', Buffer.from(`${names.requested}/${partition}/${offset}`)],
];

/** Stands for decoding: the events themselves are of no interest here. */
const read: ReadValue = (kind) => Promise.resolve({ kind, value: {} } as Reading);

const at = (partition: number, offset: number): Published => {
  const command = aCommand({ commandId: `c${offset}`, runId: `R${offset}` });
  const { commandId, requestedAt } = command;
  return { command, position: { topic: names.requested, partition, offset, commandId, requestedAt } };
};

const world = () => {
  const topics = createTopicsInMemory(2);
  const committed = new Map<number, number | null>();
  const offsets = { committed: () => Promise.resolve(committed), close: () => Promise.resolve() };
  const start = () => createFollowOutcomes({ reader: topics.reader, offsets, read, names });
  return { ...topics, committed, start };
};

const collect = async (outcomes: AsyncIterable<readonly [Published, Outcome]>): Promise<string[]> => {
  const told: string[] = [];
  for await (const [{ command }, { kind }] of outcomes) told.push(`${command.commandId} ${kind}`);
  return told;
};

describe('The outcome of published commands', () => {
  it('comes from the event that names their position', async () => {
    const { append, start, committed } = world();
    const follow = await start();
    append(names.closed, 1, { headers: from(1, 7) });
    append(names.rejected, 1, { headers: from(1, 8) });
    committed.set(1, 9);
    expect(await collect(follow([at(1, 7), at(1, 8)], never))).to.deep.equal(['c7 closed', 'c8 rejected']);
  });

  it('comes from the dead letter that names their position', async () => {
    const { append, start } = world();
    const follow = await start();
    const poison = { code: 'UNKNOWN_SCHEMA_ID', message: 'the schema registry does not know schema id 9' };
    const record = { offset: 7, key: null, value: null, timestamp: 0, headers: [] };
    append(names.deadLetters, 1, deadLetter(record, { topic: names.requested, partition: 1 }, poison));
    const outcomes: Outcome[] = [];
    for await (const [, outcome] of follow([at(1, 7)], never)) outcomes.push(outcome);
    expect(outcomes).to.deep.equal([{ kind: 'dead-letter', ...poison }]);
  });

  it('is nothing for a duplicate: the group has passed it, and nothing names it', async () => {
    const { append, start, committed } = world();
    const follow = await start();
    append(names.closed, 1, { headers: from(1, 7) });
    committed.set(1, 9);
    expect(await collect(follow([at(1, 7), at(1, 8)], never))).to.deep.equal(['c7 closed', 'c8 duplicate']);
  });

  it('is not yet known while the group has not passed it', async () => {
    const { append, start, committed } = world();
    const follow = await start();
    const over = new AbortController();
    committed.set(1, 8).set(0, null);
    setTimeout(() => append(names.closed, 1, { headers: from(1, 8) }), 150);
    setTimeout(() => over.abort(), 400);
    expect(await collect(follow([at(1, 7), at(1, 8), at(0, 3)], over.signal))).to.deep.equal([
      'c7 duplicate',
      'c8 closed',
      'c3 timeout',
    ]);
  });

  it('is not confused by events from before, of others, or of another topic’s commands', async () => {
    const { append, start, committed } = world();
    append(names.closed, 1, { headers: from(1, 7) });
    const follow = await start();
    append(names.closed, 0, { headers: from(0, 7) });
    append(names.closed, 1, { headers: [['source-offset', Buffer.from('other.run.close.requested/1/7')]] });
    append(names.closed, 1, { headers: [...from(1, 7), ['runclose-replay', Buffer.from('r1')]] });
    append(names.closed, 1);
    committed.set(1, 8);
    expect(await collect(follow([at(1, 7)], never))).to.deep.equal(['c7 duplicate']);
  });
});
