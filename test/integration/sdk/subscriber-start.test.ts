import { expect } from 'chai';
import type { Gap } from '../../../src/kafka/consume/partition-lanes.ts';
import { partitionOf } from '../../../src/wire/partitioner.ts';
import { until } from '../../support/condition.ts';
import { channelIn, createSubscriberWorld, type SubscriberWorld } from '../../support/subscriber-world.ts';

describe('The start of a subscriber', function () {
  this.timeout(60_000);

  let world: SubscriberWorld;

  beforeEach(async () => {
    world = await createSubscriberWorld();
  });

  afterEach(() => world.close());

  describe('from the latest on', () => {
    const latest = { from: 'latest' } as const;

    it('starts at the end only once: events that come while it is down are received after a restart', async () => {
      await world.publishIn(channelIn(0), 'before');
      await world.publishIn(channelIn(1), 'before');
      const first = world.subscribe(latest);
      const running = first.run();
      await world.untilStartsAreCommitted();
      await first.stop();
      await running;
      expect(world.received).to.be.empty;
      await world.publishIn(channelIn(0), 'a');
      await world.publishIn(channelIn(1), 'b');
      void world.subscribe(latest).run();
      await until('both are received', () => world.received.length === 2);
      expect(world.ids()).to.have.members(['a', 'b']);
    });

    it('is the same for members that begin at the same time', async () => {
      await world.publishIn(channelIn(0), 'before');
      await world.publishIn(channelIn(1), 'before');
      const members = [world.subscribe(latest), world.subscribe(latest), world.subscribe(latest)];
      for (const member of members) void member.run();
      await world.untilStartsAreCommitted();
      await world.publishIn(channelIn(0), 'a');
      await world.publishIn(channelIn(1), 'b');
      await until('both are received', () => world.received.length === 2);
      expect(world.ids()).to.have.members(['a', 'b']);
    });

    it('reads a partition that is added later from its first event', async () => {
      void world.subscribe(latest).run();
      await world.untilStartsAreCommitted();
      await world.addPartition(world.topics.names.rejected);
      await until('it is received', () => world.ids().includes('in a new one'));
    });
  });

  describe('when events were deleted before it has handled them', () => {
    const deleteUpTo = (offset: number): Promise<void> =>
      world.admin(async (it) => {
        const topic = world.topics.names.rejected;
        // kafkajs deletes only in topics whose leaders it has looked up.
        await it.fetchTopicOffsets(topic);
        const partition = partitionOf(Buffer.from('C1'), 2);
        await it.deleteTopicRecords({ topic, partitions: [{ partition, offset: String(offset) }] });
      });

    for (const from of ['earliest', 'latest'] as const) {
      it(`reports the gap, and continues after it: ${from}`, async () => {
        const gaps: Gap[] = [];
        const first = world.subscribe({ from });
        const running = first.run();
        await world.untilStartsAreCommitted();
        await world.untilRunning();
        await first.stop();
        await running;
        await world.publish('lost', 'lost too', 'kept');
        await deleteUpTo(3);
        void world.subscribe({ from, onGap: (gap) => void gaps.push(gap) }).run();
        await until('the last is received', () => world.ids().includes('kept'));
        expect(world.ids()).to.deep.equal(['running', 'kept']);
        expect(gaps).to.deep.equal([
          {
            topic: world.topics.names.rejected,
            partition: partitionOf(Buffer.from('C1'), 2),
            reached: 1,
            continuesAt: 3,
          },
        ]);
      });
    }

    it('warns of the gap if nobody listens, also while it runs, and of a log that nothing is left of', async () => {
      const warnings: string[] = [];
      let release: () => void = () => undefined;
      void world
        .subscribe({
          logger: { warn: (_, message) => warnings.push(message) },
          handlers: {
            'run.close.rejected': async (it) => {
              world.received.push(it);
              if (it.event.eventId === 'running') await new Promise<void>((resolve) => (release = resolve));
            },
          },
        })
        .run();
      await world.untilRunning();
      await world.publish('lost', 'lost too');
      await deleteUpTo(3);
      release();
      await world.publish('kept');
      await until('the last is received', () => world.ids().includes('kept'));
      expect(warnings).to.have.lengthOf(1);
      expect(warnings[0]).to.include(
        'Kafka has deleted 2 offsets that the group never handled. The subscriber continues at 3',
      );
    });
  });
});
