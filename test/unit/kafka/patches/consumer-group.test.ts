import { expect } from 'chai';
import sinon from 'sinon';
import { withFilteredBatches } from '../../../../src/kafka/patches/filtered-batches.ts';
import { generationOf } from '../../../../src/kafka/patches/group-generation.ts';
import { repaired } from '../../../support/repaired-kafkajs.ts';

const prototypeOf = (module: string): unknown => (repaired(module) as { prototype: unknown }).prototype;

type Broker = { joinGroup(this: object, request: object): Promise<object> };

describe('A member of a group', () => {
  it('knows the generation that it has joined', async () => {
    const broker = prototypeOf('broker/index.js') as Broker;
    const [send] = Object.getOwnPropertySymbols(Object.assign(Object.create(broker), {})).concat(
      Object.getOwnPropertySymbols(broker),
    );
    const answer = { generationId: 7, memberId: 'member-1' };
    const connected = { lookupRequest: () => () => ({}), [send ?? '']: () => Promise.resolve(answer) };
    expect(await broker.joinGroup.call(connected, { groupId: 'g' })).to.equal(answer);
    expect(generationOf('member-1')).to.equal(7);
    expect(generationOf('nobody')).to.equal(undefined);
  });

  type Group = { new (options: object): { memberId: string; heartbeat(options: object): Promise<void> } };

  it('is heard of at every interval, even when the clock is put back by an hour', async () => {
    const clock = sinon.useFakeTimers({ now: Date.UTC(2026, 0, 5, 8), toFake: ['Date'] });
    try {
      const heard: number[] = [];
      const Member = repaired('consumer/consumerGroup.js') as Group;
      const logger = { namespace: () => logger };
      const member = new Member({ logger, instrumentationEmitter: { emit: () => undefined }, topics: [] });
      const coordinator = { heartbeat: () => Promise.resolve(heard.push(Date.now())) };
      Object.assign(member, { memberId: 'member-1', coordinator });
      const beat = () => member.heartbeat({ interval: 3_000 });

      await beat();
      expect(heard).to.have.length(0);
      clock.tick(3_000);
      await beat();
      expect(heard).to.have.length(1);
      clock.setSystemTime(Date.UTC(2026, 0, 5, 7));
      await beat();
      clock.tick(3_000);
      await beat();
      expect(heard).to.have.length(2);
    } finally {
      clock.restore();
    }
  });

  type Runner = { handleBatch(this: object, batch: object): Promise<void> };
  const runnerOf = (eachBatch: unknown, handedOver: object[]) => ({
    running: true,
    eachBatch,
    processEachBatch: (batch: object) => Promise.resolve(handedOver.push(batch)),
    heartbeat: () => Promise.resolve(),
    instrumentationEmitter: { emit: () => undefined },
    consumerGroup: { resolveOffset: () => undefined },
    autoCommitOffsetsIfNecessary: () => Promise.resolve(),
  });
  const filtered = {
    ...{ topic: 't', partition: 0, messages: [], isEmptyDueToFiltering: () => true, isEmpty: () => true },
    ...{ offsetLag: () => '0', offsetLagLow: () => '0', firstOffset: () => '3', lastOffset: () => '4' },
  };

  it('hands over a batch that nothing is left of to the handler that wants it, and to no other', async () => {
    const { handleBatch } = prototypeOf('consumer/runner.js') as Runner;
    const handedOver: object[] = [];
    await handleBatch.call(
      runnerOf(() => Promise.resolve(), handedOver),
      filtered,
    );
    expect(handedOver).to.deep.equal([]);
    await handleBatch.call(
      runnerOf(
        withFilteredBatches(() => Promise.resolve()),
        handedOver,
      ),
      filtered,
    );
    expect(handedOver).to.deep.equal([filtered]);
  });

  type Offsets = {
    resolveOffset(this: object, position: object): void;
    setDefaultOffset(this: object, position: object): Promise<void>;
  };

  it('survives a handler that ends when its partition has gone to another member', () => {
    const { resolveOffset } = prototypeOf('consumer/offsetManager/index.js') as Offsets;
    const offsets = { memberAssignment: { t: [1] }, resolvedOffsets: { t: {} } };
    resolveOffset.call(
      { memberAssignment: {}, resolvedOffsets: {} },
      { topic: 't', partition: 0, offset: '5' },
    );
    resolveOffset.call(offsets, { topic: 't', partition: 0, offset: '5' });
    resolveOffset.call(offsets, { topic: 't', partition: 1, offset: '5' });
    expect(offsets.resolvedOffsets).to.deep.equal({ t: { 1: '6' } });
  });

  it('goes to the first offset that is left without committing it', async () => {
    const { setDefaultOffset } = prototypeOf('consumer/offsetManager/index.js') as Offsets;
    const sought: object[] = [];
    const requestedTopics: object[] = [];
    await setDefaultOffset.call(
      {
        topicConfigurations: { t: { fromBeginning: true } },
        cluster: {
          fetchTopicsOffset: (topics: object[]) => {
            requestedTopics.push(...topics);
            return Promise.resolve([{ topic: 't', partitions: [{ partition: 2, offset: '40' }] }]);
          },
        },
        seek: (position: object) => Promise.resolve(sought.push(position)),
      },
      { topic: 't', partition: 2 },
    );
    expect(requestedTopics).to.deep.equal([
      { topic: 't', partitions: [{ partition: 2 }], fromBeginning: true },
    ]);
    expect(sought).to.deep.equal([{ topic: 't', partition: 2, offset: '40' }]);
  });
});
