import { expect } from 'chai';
import type { ReceivedEvent } from '../../../src/sdk/received-event.ts';
import type { EventType } from '../../../src/wire/event-types.ts';
import { until } from '../../support/condition.ts';
import { createSubscriberWorld, type SubscriberWorld } from '../../support/subscriber-world.ts';

describe('The subscribers of one group', function () {
  this.timeout(60_000);

  let world: SubscriberWorld;

  beforeEach(async () => {
    world = await createSubscriberWorld();
  });

  afterEach(() => world.close());

  it('share the partitions, and lose nothing when one comes or goes', async () => {
    const first = world.subscribe();
    void first.run();
    await world.publish('a');
    await until('the first is received', () => world.received.length === 1);
    const second = world.subscribe();
    void second.run();
    await world.publish('b');
    await until('the second is received', () => world.ids().includes('b'));
    await first.stop();
    await world.publish('c');
    await until('the third is received', () => world.ids().includes('c'));
    expect([...new Set(world.ids())]).to.deep.equal(['a', 'b', 'c']);
  });

  it('let a handler that takes long finish before another member gets its partition', async () => {
    const handling: string[] = [];
    let release: () => void = () => undefined;
    await world.publish('slow', 'next');
    const slowly = (who: string) => async (it: ReceivedEvent<'run.close.rejected'>) => {
      handling.push(`${who} begins ${it.event.eventId}`);
      if (it.event.eventId === 'slow') await new Promise<void>((resolve) => (release = resolve));
      world.received.push(it);
    };
    void world.subscribe({ handlers: { 'run.close.rejected': slowly('first') } }).run();
    await until('the slow one has begun', () => handling.length === 1);
    const second = world.subscribe({ handlers: { 'run.close.rejected': slowly('second') } });
    void second.run();
    await until('the group waits for the first', async () => {
      let state = '';
      await world.admin(async (it) => {
        state = (await it.describeGroups([world.topics.groupId])).groups[0]?.state ?? '';
      });
      return state === 'PreparingRebalance';
    });
    expect(handling).to.deep.equal(['first begins slow']);
    release();
    await until('the next is received', () => world.ids().includes('next'));
    expect(world.ids()).to.deep.equal(['slow', 'next']);
  });

  describe('if they handle different events', () => {
    let received: EventType[];
    beforeEach(() => {
      received = [];
    });

    const subscribeTo = (type: EventType): void => {
      void world.subscribe({ handlers: { [type]: () => void received.push(type) } }).run();
    };
    const got = (type: EventType): number => received.filter((it) => it === type).length;

    it('each get all events that they handle', async () => {
      subscribeTo('run.closed');
      subscribeTo('run.close.rejected');
      const channels = Array.from({ length: 20 }, (_, i) => `C${i}`);
      await world.publishClosed(...channels);
      for (const channel of channels) await world.publishIn(channel, `in ${channel}`);
      await until('all are received', () => got('run.closed') === 20 && got('run.close.rejected') === 20);
    });

    it('give added partitions to those that handle them, even if the leader of the group does not', async () => {
      subscribeTo('run.closed');
      await world.publishClosed('C1');
      await until('the leader has joined', () => got('run.closed') === 1);
      subscribeTo('run.close.rejected');
      await world.publish('a');
      await until('the other has joined', () => got('run.close.rejected') === 1);
      await world.addPartition(world.topics.names.rejected);
      await until('the added partition is read', () => got('run.close.rejected') === 2);
    });
  });
});
