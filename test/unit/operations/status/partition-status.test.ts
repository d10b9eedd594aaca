import { expect } from 'chai';
import { partitionStatuses } from '../../../../src/operations/status/partition-status.ts';
import { topicNames } from '../../../../src/kafka/names/topic-names.ts';
import { createTopicsInMemory } from '../../../support/topics-in-memory.ts';

const names = topicNames('team.');
const NOW = 1_000_000;
const FACTS = { instance: 'i', version: '1.2.3', startedAt: 600_000, httpPort: 8080 };
const GAP = { code: 'INPUT_GAP', message: 'offset 5 is next, but the log begins at 7' };
const countsOf = (partitions: number): ReadonlyMap<string, number> =>
  new Map(Object.values(names).map((name) => [name, partitions]));

describe('How the partitions stand', () => {
  it('is who has them, how far they are, and how long the oldest command has waited', async () => {
    const { reader, append } = createTopicsInMemory(2);
    for (const timestamp of [900_000, 940_000, 960_400]) append(names.requested, 1, { timestamp });
    append(names.deadLetters, 1);
    const statuses = await partitionStatuses({
      reader,
      names,
      now: NOW,
      offsets: { committed: () => Promise.resolve(new Map([[1, 2]])), close: () => Promise.resolve() },
      members: [{ clientId: 'runclose', host: '10.0.0.7', partitions: [1], topics: [], facts: FACTS }],
      leases: [
        {
          clusterId: 'one',
          topic: names.requested,
          partition: 1,
          epoch: 7,
          holder: 'h',
          groupId: 'g',
          generation: 3,
          nextOffset: 2,
          inputId: null,
          outputsId: null,
          skippedBefore: 0,
          isCutShort: false,
          emittedThrough: 2,
          isNewLog: false,
          alarm: null,
          usedAt: 0,
        },
      ],
      counts: countsOf(2),
      alarms: new Map([[1, [GAP]]]),
    });
    const topic = 'team.run.close.requested';
    expect(statuses).to.deep.equal([
      {
        topic,
        partition: 0,
        owner: null,
        epoch: null,
        committed: null,
        end: 0,
        lagRecords: 0,
        lagSeconds: 0,
        heldBack: null,
        deadLetters: 0,
        alarms: [],
      },
      {
        topic,
        partition: 1,
        owner: {
          clientId: 'runclose',
          host: '10.0.0.7',
          instance: 'i',
          version: '1.2.3',
          startedAt: '1970-01-01T00:10:00.000Z',
        },
        epoch: 7,
        committed: 2,
        end: 3,
        lagRecords: 1,
        lagSeconds: 40,
        heldBack: null,
        deadLetters: 1,
        alarms: [GAP],
      },
    ]);
  });

  it('is not known for a partition that no broker leads, and known for the others', async () => {
    const { reader, append } = createTopicsInMemory(2);
    append(names.requested, 0, { timestamp: 900_000 });
    const leaderless = { topic: names.requested, partition: 1 };
    const statuses = await partitionStatuses({
      reader: { ...reader, leaderless: () => Promise.resolve([leaderless]) },
      names,
      now: NOW,
      offsets: { committed: () => Promise.resolve(new Map([[1, 2]])), close: () => Promise.resolve() },
      members: [],
      leases: [],
      counts: countsOf(2),
      alarms: new Map(),
    });
    expect(
      statuses.map(({ end, lagRecords, lagSeconds, committed }) => [end, lagRecords, lagSeconds, committed]),
    ).to.deep.equal([
      [1, 1, 100, null],
      [null, null, null, 2],
    ]);
  });
});
