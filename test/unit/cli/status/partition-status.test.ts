import { expect } from 'chai';
import { partitionStatuses } from '../../../../src/cli/status/partition-status.ts';
import { topicNames } from '../../../../src/kafka/topic-names.ts';
import { Failure } from '../../../../src/processor/failure.ts';
import { createTopicsInMemory } from '../../../support/topics-in-memory.ts';

const names = topicNames('team.');
const NOW = 1_000_000;

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
      members: [{ clientId: 'runclose', host: '10.0.0.7', partitions: [1] }],
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
          givenUpBefore: 0,
          isCutShort: false,
          emittedThrough: 2,
          usedAt: 0,
        },
      ],
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
      },
      {
        topic,
        partition: 1,
        owner: { clientId: 'runclose', host: '10.0.0.7' },
        epoch: 7,
        committed: 2,
        end: 3,
        lagRecords: 1,
        lagSeconds: 40,
        heldBack: null,
        deadLetters: 1,
      },
    ]);
  });

  it('is not known for a partition that no broker leads, and known for the others', async () => {
    const { reader, append } = createTopicsInMemory(2);
    append(names.requested, 0, { timestamp: 900_000 });
    const statuses = await partitionStatuses({
      reader,
      names,
      now: NOW,
      offsets: { committed: () => Promise.resolve(new Map([[1, 2]])), close: () => Promise.resolve() },
      members: [],
      leases: [],
      leaderless: [{ topic: names.requested, partition: 1 }],
    });
    expect(
      statuses.map(({ end, lagRecords, lagSeconds, committed }) => [end, lagRecords, lagSeconds, committed]),
    ).to.deep.equal([
      [1, 1, 100, null],
      [null, null, null, 2],
    ]);
  });

  it('cannot be said of a topic that is not there', async () => {
    const { reader } = createTopicsInMemory(0);
    const offsets = { committed: () => Promise.resolve(new Map()), close: () => Promise.resolve() };
    const failure = await partitionStatuses({
      reader,
      names,
      now: NOW,
      offsets,
      members: [],
      leases: [],
    }).then(
      () => undefined,
      (error: unknown) => error as Failure,
    );
    expect(failure?.code).to.equal('KAFKA_TOPIC_MISSING');
  });
});
