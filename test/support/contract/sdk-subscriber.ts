/** What every subscriber promises, the real one and the one of `runclose/testing`. */
import { expect } from 'chai';
import type { Gap } from '../../../src/kafka/consume/partition-lanes.ts';
import { partitionOf } from '../../../src/wire/partitioner.ts';
import { failureOf } from '../../../src/processor/failure.ts';
import type { ReceivedEvent, UndecodableRecord } from '../../../src/sdk/received-event.ts';
import { rememberInMemory } from '../../../src/sdk/remember.ts';
import type { Retry } from '../../../src/sdk/reports.ts';
import type { RunEventsSubscriber } from '../../../src/sdk/subscriber.ts';
import { aCommand } from '../commands.ts';
import { createUnique, type SdkEdges } from './sdk-edges.ts';

type Closed = ReceivedEvent<'run.closed'>;
type Settings = Parameters<SdkEdges['subscriber']>[0];

const unique = createUnique();

export const subscriberContract = (edges: () => SdkEdges): void => {
  let channel: string;
  let groupId: string;
  let seen: Closed[];
  let retries: Retry[];
  let undecodable: UndecodableRecord[];
  let warnings: string[];

  beforeEach(() => {
    // No name begins with another one.
    channel = `${unique('S')}.`;
    groupId = unique('group');
    seen = [];
    retries = [];
    undecodable = [];
    warnings = [];
  });

  const runs = (events: readonly Closed[] = seen): readonly string[] =>
    events.map(({ event }) => event.runId);

  /** A subscriber to the closed runs of this test. Events of other tests are skipped. */
  const subscribe = (
    handle: (received: Closed) => Promise<void> | void = note,
    more: Partial<Settings> = {},
  ) =>
    edges().subscriber({
      groupId,
      handlers: { 'run.closed': (it) => (isOwn(it.key) ? handle(it) : undefined) },
      onUndecodable: (it) => {
        if (isOwn(it.key?.toString() ?? '')) undecodable.push(it);
      },
      onRetry: (retry) => void retries.push(retry),
      logger: { warn: (_, message) => void warnings.push(message) },
      ...more,
    });
  const isOwn = (key: string | null): boolean => key?.startsWith(channel) === true;
  const note = (it: Closed): void => void seen.push(it);

  /** Closes these runs one after another, in the channel of this test. */
  const close = async (...ids: string[]): Promise<void> => {
    await closeIn(channel, ...ids);
  };
  const closeIn = async (channelId: string, ...ids: string[]): Promise<void> => {
    const publisher = edges().publisher();
    await publisher.publish(ids.map((id) => aCommand({ channelId, commandId: id, runId: id })));
    await edges().until('they are closed', async () => {
      const closed = await edges().records(edges().names.closed);
      return closed.filter(({ key }) => key?.toString() === channelId).length >= ids.length;
    });
  };
  const received = (count: number) => edges().until(`${count} are received`, () => seen.length >= count);
  const hasCalled = (what: string, holds: () => boolean) => edges().until(what, holds);
  /** A channel of this test whose events are in this partition. */
  const channelIn = (partition: number): string => {
    for (let i = 0; ; i++) {
      const name = `${channel}-${String(i)}`;
      if (partitionOf(Buffer.from(name), 2) === partition) return name;
    }
  };
  const stopped = async (subscriber: RunEventsSubscriber, running: Promise<void>): Promise<void> => {
    await subscriber.stop();
    await running;
  };

  it('gets typed events with their place and headers', async () => {
    const publisher = edges().publisher();
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const command = aCommand({ channelId: channel, correlationId: 'c-1', requestedAt: 1_000 });
    const { published } = await publisher.closeAndWait(command, { headers: { traceparent, own: 'x' } });
    void subscribe().run();
    await received(1);
    const [it] = seen;
    expect(it).to.include({ type: 'run.closed', topic: edges().names.closed, key: channel });
    expect(it?.partition).to.equal(published?.partition);
    expect(it?.timestamp).to.be.a('number');
    expect(it?.event).to.include({ runId: 'run-1', correlationId: 'c-1', closedAt: 1_000, sequence: 1 });
    const { ce_source: source, ...headers } = Object.fromEntries(it?.headers ?? []);
    expect(source).to.match(/^\/runclose\/./);
    expect(headers).to.deep.equal({
      ce_specversion: '1.0',
      ce_id: it?.event.eventId,
      ce_type: 'run.closed',
      ce_time: '1970-01-01T00:00:01.000Z',
      ce_subject: 'run-1',
      'content-type': 'application/avro',
      'correlation-id': 'c-1',
      'causation-id': 'command-1',
      traceparent,
      'source-offset': `${edges().names.requested}/${String(published?.partition)}/${String(published?.offset)}`,
    });
  });

  it('gets the events of a channel in their order, and only those that have a handler', async () => {
    const ids = Array.from({ length: 20 }, (_, i) => `run-${String(i)}`);
    const others: string[] = [];
    void subscribe(note, {
      handlers: {
        'run.closed': (it) => {
          if (isOwn(it.key)) seen.push(it);
        },
        'run.close.rejected': ({ event }) => {
          if (isOwn(event.channelId)) others.push(event.reason);
        },
      },
    }).run();
    await close(...ids);
    await edges()
      .publisher()
      .closeAndWait(aCommand({ channelId: channel, commandId: 'other', runId: 'run-0' }));
    await received(20);
    await hasCalled('the rejection is received', () => others.length > 0);
    expect(runs()).to.deep.equal(ids);
    expect(others).to.deep.equal(['RUN_ALREADY_CLOSED']);
  });

  it('begins with the oldest event, or with the next one, and resumes where it stopped', async () => {
    await close('before');
    const latest: Closed[] = [];
    const late = subscribe((it) => void latest.push(it), { groupId: unique('late'), from: 'latest' });
    const early = subscribe();
    const running = [late.run(), early.run()];
    await Promise.all([late.ready, early.ready]);
    await closeIn(`${channel}-b`, 'after');
    await received(2);
    await hasCalled('the late one has it', () => latest.length === 1);
    await stopped(early, running[1] ?? Promise.resolve());
    await closeIn(`${channel}-c`, 'while it is down');
    void subscribe().run();
    await received(3);
    await hasCalled('the late one has it', () => latest.length === 2);
    expect(runs(latest)).to.deep.equal(['after', 'while it is down']);
    expect(runs().toSorted()).to.deep.equal(['after', 'before', 'while it is down']);
  });

  it('shares the partitions of its group, and each group gets everything', async () => {
    const other: Closed[] = [];
    const members = [subscribe(), subscribe()];
    const groups = [...members, subscribe((it) => void other.push(it), { groupId: unique('other') })];
    for (const each of groups) void each.run();
    await Promise.all(groups.map(({ ready }) => ready));
    await closeIn(channelIn(0), 'a', 'b');
    await closeIn(channelIn(1), 'c', 'd');
    await received(4);
    await hasCalled('the other group has all', () => other.length === 4);
    await members[0]?.stop();
    await closeIn(`${channelIn(0)}-more`, 'e');
    await closeIn(`${channelIn(1)}-more`, 'f');
    await received(6);
    expect(runs().toSorted()).to.deep.equal(['a', 'b', 'c', 'd', 'e', 'f']);
  });

  it('hands over records that are no events, and continues', async () => {
    await edges().put(edges().names.closed, { key: channel, value: Buffer.from('no event') });
    await close('a');
    void subscribe().run();
    await received(1);
    expect(undecodable.map(({ poison, value }) => [poison.code, value?.toString()])).to.deep.equal([
      ['WRONG_MAGIC_BYTE', 'no event'],
    ]);
  });

  describe('whose handler fails', () => {
    it('calls it again, says so, and skips nothing; other partitions do not wait', async () => {
      let failures = 2;
      await closeIn(channelIn(0), 'bad', 'next');
      await closeIn(channelIn(1), 'other');
      void subscribe((it) => {
        if (it.event.runId === 'bad' && (failures-- > 0 || !runs().includes('other')))
          throw new TypeError('a bug');
        note(it);
      }).run();
      await received(3);
      expect(runs().filter((id) => id !== 'other')).to.deep.equal(['bad', 'next']);
      const [first] = retries;
      const place = `${edges().names.closed}/0@${String(first?.waiting?.offset)}`;
      expect(first?.failure).to.include({
        kind: 'transient',
        code: 'HANDLER_FAILED',
        message: `handling run.closed at ${place}: a bug`,
      });
      expect(first).to.deep.include({ attempt: 1 });
      expect(retries.map(({ attempt }) => attempt)).to.deep.equal(retries.map((_, i) => i + 1));
    });

    it('stops after the last attempt, and its group resumes at the event', async () => {
      await close('a', 'bad', 'b');
      const limited = subscribe(
        (it) => {
          if (it.event.runId === 'bad') throw new Error('always');
          note(it);
        },
        { retries: { attempts: 2, then: 'stop' } },
      );
      const failure = failureOf(await limited.run().catch((it: unknown) => it));
      expect(failure).to.include({ kind: 'fatal', code: 'HANDLER_FAILED' });
      expect(failure.message).to.match(
        /^handling run\.closed at .*: always; given up after 2 attempts: the group resumes at this event$/,
      );
      expect(retries).to.have.lengthOf(1);
      void subscribe().run();
      await received(3);
      expect(runs()).to.deep.equal(['a', 'bad', 'b']);
    });

    it('parks the event after the last attempt, with its reason, and continues', async () => {
      const topic = await edges().parkingTopic();
      await close('bad', 'b');
      void subscribe(
        (it) => {
          if (it.event.runId === 'bad') throw new TypeError('always');
          note(it);
        },
        { retries: { attempts: 2, then: 'park', topic } },
      ).run();
      await received(1);
      const [parked, ...more] = await edges().records(topic);
      const original = (await edges().records(edges().names.closed)).find(
        ({ key }) => key?.toString() === channel,
      );
      expect(more).to.be.empty;
      expect(parked?.key?.toString()).to.equal(channel);
      expect(parked?.value).to.deep.equal(original?.value);
      const added = Object.fromEntries(parked?.headers.map(([name, it]) => [name, it?.toString()]) ?? []);
      expect(added).to.include({
        'causation-id': 'bad',
        '__connect.errors.topic': edges().names.closed,
        '__connect.errors.stage': 'TASK_PUT',
        '__connect.errors.exception.class.name': 'TypeError',
        '__connect.errors.exception.message': 'always',
      });
      expect(warnings.join('\n')).to.match(/always; parked in .* after 2 attempts/);
    });

    it('handles a parked event again if it is delivered again, and drops those that it remembers', async () => {
      const topic = await edges().parkingTopic();
      const remember = rememberInMemory();
      await close('bad', 'good');
      let isMended = false;
      const handle = (it: Closed): void => {
        if (it.event.runId === 'bad' && !isMended) throw new Error('not yet');
        note(it);
      };
      const more = { remember, retries: { attempts: 2, then: 'park', topic } } as const;
      const first = subscribe(handle, more);
      const running = first.run();
      await received(1);
      await stopped(first, running);
      isMended = true;
      await edges().redeliver(groupId);
      void subscribe(handle, more).run();
      await received(2);
      await closeIn(`${channel}-last`, 'last');
      await received(3);
      expect(runs()).to.deep.equal(['good', 'bad', 'last']);
      expect(await edges().records(topic)).to.have.lengthOf(1);
    });
  });

  describe('if events come again', () => {
    const writtenAgain = async (): Promise<void> => {
      const [event] = (await edges().records(edges().names.closed)).filter(
        ({ key }) => key?.toString() === channel,
      );
      const value = event?.value ?? expect.fail('there is no event');
      await edges().put(edges().names.closed, { key: channel, value, headers: { 'runclose-replay': 'r' } });
    };

    for (const [what, more, expected] of [
      ['handles them', {}, ['a', 'a', 'b']],
      ['leaves out those that a replay wrote, if told to', { replays: 'skip' }, ['a', 'b']],
      ['drops those that it remembers', { remember: rememberInMemory() }, ['a', 'b']],
    ] as const)
      it(what, async () => {
        await close('a');
        await writtenAgain();
        await edges()
          .publisher()
          .closeAndWait(aCommand({ channelId: channel, commandId: 'b', runId: 'b' }));
        void subscribe(note, more).run();
        await hasCalled('the last is received', () => runs().includes('b'));
        expect(runs()).to.deep.equal(expected);
      });

    it('handles everything once more after its group was set back', async () => {
      await close('a', 'b');
      const first = subscribe();
      const running = first.run();
      await received(2);
      await stopped(first, running);
      await edges().redeliver(groupId);
      void subscribe().run();
      await received(4);
      expect(runs()).to.deep.equal(['a', 'b', 'a', 'b']);
      expect(seen[2]?.event.eventId).to.equal(seen[0]?.event.eventId);
    });
  });

  it('reports events that retention deleted before it handled them, and continues', async () => {
    const gaps: Gap[] = [];
    await close('a');
    const first = subscribe();
    const running = first.run();
    await received(1);
    await stopped(first, running);
    const { partition = 0, offset: handled = 0 } = seen[0] ?? {};
    await closeIn(channel, 'lost', 'lost too');
    await edges().expire(edges().names.closed);
    const kept = edges()
      .publisher()
      .closeAndWait(aCommand({ channelId: channel, commandId: 'kept', runId: 'kept' }));
    await kept;
    void subscribe(note, { onGap: (gap) => void gaps.push(gap) }).run();
    await received(2);
    expect(runs()).to.deep.equal(['a', 'kept']);
    const [gap, ...more] = gaps.filter((it) => it.partition === partition);
    expect(more).to.be.empty;
    // The mark that ends the event's transaction has an offset, too.
    expect(gap?.reached).to.be.oneOf([handled + 1, handled + 2]);
    expect(gap).to.include({ topic: edges().names.closed, continuesAt: seen[1]?.offset });
  });

  describe('that stops', () => {
    it('by its signal: `run` resolves, and nothing more is handled', async () => {
      const controller = new AbortController();
      const subscriber = subscribe(note, { signal: controller.signal });
      const running = subscriber.run();
      await subscriber.ready;
      await close('a');
      await received(1);
      controller.abort();
      await running;
      await closeIn(`${channel}-b`, 'b');
      expect(runs()).to.deep.equal(['a']);
    });

    it('lets a handler finish, and does not begin the next event', async () => {
      let finish: () => void = () => undefined;
      await close('a', 'b');
      const first = subscribe(async (it) => {
        note(it);
        await new Promise<void>((resolve) => (finish = resolve));
      });
      const running = first.run();
      await received(1);
      const stopping = first.stop();
      finish();
      await stopping;
      await running;
      void subscribe().run();
      await received(2);
      expect(runs()).to.deep.equal(['a', 'b']);
    });

    it('leaves a handler that does not answer in time, names its event, and the event is delivered again', async () => {
      await close('a');
      const stuck = subscribe(
        (it) => {
          note(it);
          return new Promise<never>(() => undefined);
        },
        { stopTimeout: 500 },
      );
      const running = stuck.run();
      await received(1);
      const stopping = stuck.stop();
      await edges().pass(500);
      await stopping;
      await running;
      const place = `${edges().names.closed}/${String(seen[0]?.partition)}@${String(seen[0]?.offset)}`;
      expect(warnings.filter((it) => it.includes('stopped while'))).to.have.lengthOf(1);
      expect(warnings.join('\n')).to.match(
        new RegExp(
          `stopped while the handler of run.closed at ${place} was still running, after \\d+ seconds?: `,
        ),
      );
      void subscribe().run();
      await received(2);
      expect(runs()).to.deep.equal(['a', 'a']);
    });

    it('may do so before it runs, and more than once; it runs once', async () => {
      const subscriber = subscribe();
      await subscriber.stop();
      await subscriber.run();
      await subscriber[Symbol.asyncDispose]();
      expect(await subscriber.ready.catch(failureOf)).to.include({
        code: 'SUBSCRIBER_STOPPED',
        message: 'the subscriber was stopped before it was ready',
      });
      expect(await subscriber.run().catch(failureOf)).to.include({
        code: 'WRONG_USE',
        message: 'this subscriber runs already: create another one',
      });
    });
  });

  it('gives up at the start if Kafka stays away', async () => {
    edges().away('kafka');
    const subscriber = subscribe(note, { startTimeout: 1 });
    const failure = failureOf(await subscriber.run().catch((it: unknown) => it));
    expect(failure).to.include({ kind: 'transient', code: 'KAFKA_CONNECTION' });
    expect(failure.message.startsWith(`looking for ${edges().names.closed}: `)).to.equal(true);
    expect(await subscriber.ready.catch(failureOf)).to.equal(failure);
  });

  it('refuses settings that cannot work, all at once', () => {
    const wrong = {
      partitionsAtOnce: 0,
      retries: { attempts: 0, then: 'park', topic: 'a b' },
      stopTimeout: 0,
    } as const;
    expect(() => subscribe(note, wrong)).to.throw(
      /^the settings of the subscriber cannot work: partitionsAtOnce .*; stopTimeout .*; retries\.attempts .*; retries\.topic /,
    );
  });
};
