import { expect } from 'chai';
import type { OutcomeWatch } from '../../../../src/kafka/outcomes/outcome-watch.ts';
import type { PartitionReader } from '../../../../src/kafka/read/partition-reader.ts';
import { Failure, failureOf } from '../../../../src/processor/failure.ts';
import { until } from '../../../support/condition.ts';
import { createOutcomesInMemory, type OutcomesInMemory } from '../../../support/outcomes-in-memory.ts';

const never = new AbortController().signal;
const at = (partition: number, offset: number) => ({
  channelId: 'C1',
  commandId: `c${offset}`,
  partition,
  offset,
});

describe('The watch for outcomes', () => {
  let world: OutcomesInMemory;

  beforeEach(() => {
    world = createOutcomesInMemory(2);
  });

  afterEach(() => {
    world.close();
  });

  const waitFor = async (watch: OutcomeWatch, partition: number, offset: number, signal = never) => {
    const since = await watch.begin();
    return watch.outcomeOf(at(partition, offset), since, signal);
  };

  /** Retention has removed a record, so a first outcome may be gone. */
  const shortened = (): Pick<PartitionReader, 'bounds'> => ({
    bounds: async (wanted) =>
      (await world.reader.bounds(wanted)).map((it) =>
        it.topic === world.names.deadLetters ? { ...it, low: 1 } : it,
      ),
  });

  it('tells each command its event or its dead letter, however many wait', async () => {
    const watch = world.watch();
    const since = await watch.begin();
    const waiting = Array.from({ length: 10_000 }, (_, offset) =>
      watch.outcomeOf(at(offset % 2, offset), since, never),
    );
    const events = Array.from({ length: 9_999 }, (_, offset) =>
      offset % 3 === 0
        ? { outcome: 'rejected', event: world.rejected({ partition: offset % 2, offset }) }
        : { outcome: 'closed', event: world.closed({ partition: offset % 2, offset }) },
    );
    world.skipped({ partition: 1, offset: 9_999 });
    expect(await Promise.all(waiting)).to.deep.equal([
      ...events,
      { outcome: 'dead-letter', code: 'SKIPPED', message: 'an operator skipped it' },
    ]);
  });

  it('finds an outcome that was emitted before the publisher knew the position of its command', async () => {
    const watch = world.watch();
    const since = await watch.begin();
    const other = watch.outcomeOf(at(1, 6), since, never);
    const event = world.closed({ partition: 1, offset: 7 });
    world.closed({ partition: 1, offset: 6 });
    await other;
    world.committed.set(1, 8);
    expect(await watch.outcomeOf(at(1, 7), since, never)).to.deep.equal({ outcome: 'closed', event });
  });

  it('finds such an outcome also if it was read in this very round, and takes it for no duplicate', async () => {
    world.committed.set(1, 8);
    let late: Promise<unknown> | undefined;
    const watch = world.watch({
      reader: {
        readEncoded: async function* (ranges) {
          yield* world.reader.readEncoded(ranges);
          late ??= watch.outcomeOf(at(1, 7), since, never);
        },
      },
    });
    const since = await watch.begin();
    const other = watch.outcomeOf(at(1, 20), since, never);
    const event = world.closed({ partition: 1, offset: 7 });
    await until('it was read', () => late !== undefined);
    expect(await late).to.deep.equal({ outcome: 'closed', event });
    world.closed({ partition: 1, offset: 20 });
    await other;
  });

  it('tells a duplicate what became of the first one, wherever that is', async () => {
    const watch = world.watch({ reader: shortened() });
    const reported = world.closed({ partition: 1, offset: 3, commandId: 'c8' });
    const elsewhere = world.rejected({ partition: 0, offset: 2, commandId: 'c9' });
    world.closed({ partition: 0, offset: 1, channelId: 'C2', commandId: 'c10' });
    world.committed.set(1, 11);
    const outcomes = await Promise.all([8, 9, 10].map((offset) => waitFor(watch, 1, offset)));
    expect(outcomes).to.deep.equal([
      { outcome: 'duplicate', first: { outcome: 'closed', event: reported } },
      { outcome: 'duplicate', first: { outcome: 'rejected', event: elsewhere } },
      { outcome: 'duplicate', first: undefined },
    ]);
  });

  it('searches for the first outcome of a duplicate until it can be read', async () => {
    const here = world.closed({ partition: 1, offset: 3, commandId: 'c8' });
    const elsewhere = world.closed({ partition: 0, offset: 3, commandId: 'c9' });
    world.committed.set(1, 10);
    let searched = 0;
    let lacksLeader = true;
    let isHeldBack = true;
    const watch = world.watch({
      reader: {
        // Only the search asks for partition 0.
        leaderless: (wanted) =>
          Promise.resolve(lacksLeader ? wanted.filter(({ partition }) => partition === 0) : []),
        bounds: async (wanted) => {
          if (wanted.some(({ partition }) => partition === 0) || wanted.length > 3) searched++;
          return (await world.reader.bounds(wanted)).map((it) =>
            it.partition === 0 && isHeldBack ? { ...it, stable: 0 } : it,
          );
        },
      },
    });
    expect(await waitFor(watch, 1, 8)).to.deep.equal({
      outcome: 'duplicate',
      first: { outcome: 'closed', event: here },
    });
    let isTold = false;
    const waiting = waitFor(watch, 1, 9).finally(() => (isTold = true));
    lacksLeader = false;
    const before = searched;
    await until('an open transaction was met several times', () => searched > before + 3);
    expect(isTold).to.equal(false);
    isHeldBack = false;
    expect(await waiting).to.deep.equal({
      outcome: 'duplicate',
      first: { outcome: 'closed', event: elsewhere },
    });
  });

  it('searches again for a first outcome that must be there, even if everything seems to be read', async () => {
    const first = world.closed({ partition: 1, offset: 3, commandId: 'c8' });
    world.committed.set(1, 9);
    // After a restart, a broker may not know for a moment how far its log is committed.
    let forgets = true;
    let asked = 0;
    const watch = world.watch({
      reader: {
        bounds: async (wanted) => {
          asked++;
          if (asked > 20) forgets = false;
          return (await world.reader.bounds(wanted)).map((it) =>
            forgets ? { ...it, high: 0, stable: 0 } : it,
          );
        },
        readEncoded: (ranges) => {
          if (forgets && asked > 10)
            throw new Failure('fatal', 'KAFKA_OFFSET_OUT_OF_RANGE', 'the log ends at 0');
          return world.reader.readEncoded(ranges);
        },
      },
    });
    expect(await waitFor(watch, 1, 8)).to.deep.equal({
      outcome: 'duplicate',
      first: { outcome: 'closed', event: first },
    });
  });

  it('tells a duplicate at the end of its wait without the first outcome, if a partition still has no leader', async () => {
    world.committed.set(1, 8);
    let searched = 0;
    const watch = world.watch({
      reader: {
        leaderless: (wanted) => {
          const without = wanted.filter(({ partition }) => partition === 0);
          searched += Math.sign(without.length);
          return Promise.resolve(without);
        },
      },
    });
    const end = new AbortController();
    const waiting = waitFor(watch, 1, 7, end.signal);
    await until('it was searched several times', () => searched > 3);
    end.abort();
    expect(await waiting).to.deep.equal({ outcome: 'duplicate', first: undefined });
  });

  it('takes a command for no duplicate while an open transaction may hide its event', async () => {
    let hidden = true;
    let requests = 0;
    const watch = world.watch({
      reader: {
        bounds: async (wanted) => {
          requests++;
          return (await world.reader.bounds(wanted)).map((bounds) => ({
            ...bounds,
            stable: hidden ? 0 : bounds.high,
          }));
        },
      },
    });
    const waiting = waitFor(watch, 1, 7);
    await watch.begin();
    const event = world.closed({ partition: 1, offset: 7 });
    world.committed.set(1, 8);
    let isTold = false;
    void waiting.finally(() => (isTold = true));
    const before = requests;
    await until('it has looked several times', () => requests > before + 3);
    expect(isTold).to.equal(false);
    hidden = false;
    expect(await waiting).to.deep.equal({ outcome: 'closed', event });
  });

  it('calls a command no duplicate if an output lost records before they were read', async () => {
    const watch = world.watch();
    const first = world.rejected({ partition: 1, offset: 2, commandId: 'c9' });
    const end = new AbortController();
    const since = await watch.begin();
    const lost = watch.outcomeOf(at(1, 7), since, end.signal);
    const [closed, duplicate, other] = [at(1, 8), at(1, 9), at(0, 3)].map((command) =>
      watch.outcomeOf(command, since, never),
    );
    // A new round begins in a later task, so no round sees this event.
    world.closed({ partition: 1, offset: 7 });
    world.removeRecords(world.names.closed, 1);
    const event = world.closed({ partition: 1, offset: 8 });
    world.committed.set(1, 10);
    expect(await closed).to.deep.equal({ outcome: 'closed', event });
    expect(await duplicate).to.deep.equal({
      outcome: 'duplicate',
      first: { outcome: 'rejected', event: first },
    });
    const there = world.closed({ partition: 0, offset: 3 });
    expect(await other).to.deep.equal({ outcome: 'closed', event: there });
    const later = watch.outcomeOf(at(1, 11), await watch.begin(), never);
    const afterwards = world.closed({ partition: 1, offset: 11 });
    expect(await later).to.deep.equal({ outcome: 'closed', event: afterwards });
    end.abort();
    expect(await lost).to.equal(undefined);
  });

  it('notices that records are removed while it reads', async () => {
    const first = world.rejected({ partition: 1, offset: 2, commandId: 'c8' });
    let isRemoved = false;
    const watch = world.watch({
      reader: {
        readEncoded: (ranges, options) => {
          if (ranges.some(({ topic }) => topic === world.names.closed) && !isRemoved) {
            isRemoved = true;
            world.removeRecords(world.names.closed, 1);
          }
          return world.reader.readEncoded(ranges, options);
        },
      },
    });
    const end = new AbortController();
    const since = await watch.begin();
    const lost = watch.outcomeOf(at(1, 7), since, end.signal);
    const duplicate = watch.outcomeOf(at(1, 8), since, never);
    world.closed({ partition: 1, offset: 7 });
    world.committed.set(1, 9);
    expect(await duplicate).to.deep.equal({
      outcome: 'duplicate',
      first: { outcome: 'rejected', event: first },
    });
    end.abort();
    expect(await lost).to.equal(undefined);
    expect(isRemoved).to.equal(true);
  });

  it('tells an event in an output that was created again, and takes no command for a duplicate of itself', async () => {
    const watch = world.watch();
    for (let offset = 0; offset < 5; offset++) world.closed({ partition: 1, offset });
    const since = await watch.begin();
    const waiting = watch.outcomeOf(at(1, 7), since, never);
    const reused = watch.outcomeOf(at(1, 8), since, never);
    const others = watch.outcomeOf(at(1, 9), since, never);
    world.recreate(world.names.closed);
    const event = world.closed({ partition: 1, offset: 7 });
    world.closed({ partition: 1, offset: 2, commandId: 'c8' });
    const rejection = world.rejected({ partition: 1, offset: 8 }, 'COMMAND_ID_REUSED');
    world.committed.set(1, 9);
    expect(await waiting).to.deep.equal({ outcome: 'closed', event });
    expect(await reused).to.deep.equal({ outcome: 'rejected', event: rejection });
    const later = world.closed({ partition: 1, offset: 9 });
    expect(await others).to.deep.equal({ outcome: 'closed', event: later });
  });

  it('recognises duplicates after an output was created again while a transaction was open in it', async () => {
    let isHeldBack = true;
    let asked = 0;
    const watch = world.watch({
      reader: {
        bounds: async (wanted) => {
          asked++;
          return (await world.reader.bounds(wanted)).map((it) => (isHeldBack ? { ...it, stable: 0 } : it));
        },
      },
    });
    world.closed({ partition: 1, offset: 0 });
    const first = world.rejected({ partition: 1, offset: 3, commandId: 'c8' });
    world.committed.set(1, 9);
    const waiting = waitFor(watch, 1, 8);
    await until('it has looked several times', () => asked > 5);
    world.recreate(world.names.closed);
    isHeldBack = false;
    expect(await waiting).to.deep.equal({
      outcome: 'duplicate',
      first: { outcome: 'rejected', event: first },
    });
  });

  it('continues if an output ends before the offset that it reads', async () => {
    let isCut = true;
    const watch = world.watch({
      reader: {
        readEncoded: (ranges, options) => {
          if (!isCut) return world.reader.readEncoded(ranges, options);
          isCut = false;
          throw new Failure('fatal', 'KAFKA_OFFSET_OUT_OF_RANGE', 'the log ends at 0');
        },
      },
    });
    const waiting = waitFor(watch, 1, 7);
    await watch.begin();
    const event = world.closed({ partition: 1, offset: 7 });
    expect(await waiting).to.deep.equal({ outcome: 'closed', event });
    expect(isCut).to.equal(false);
  });

  it('ignores events from before, of other topics and of replays', async () => {
    const watch = world.watch({ reader: shortened() });
    world.closed({ partition: 1, offset: 7, commandId: 'another' });
    const since = await watch.begin();
    world.closed({ partition: 1, offset: 7, commandId: 'another' }, [['runclose-replay', Buffer.from('r1')]]);
    world.append(world.names.closed, 1, { headers: [['source-offset', Buffer.from('other.topic/1/7')]] });
    world.append(world.names.closed, 1);
    world.committed.set(1, 8);
    expect(await watch.outcomeOf(at(1, 7), since, never)).to.deep.equal({
      outcome: 'duplicate',
      first: undefined,
    });
  });

  it('ends a wait when its signal is aborted, and the others continue', async () => {
    const watch = world.watch();
    const end = new AbortController();
    const [ended, other] = [waitFor(watch, 1, 7, end.signal), waitFor(watch, 1, 8)];
    await until('both wait', async () => (await watch.begin()).size > 0);
    end.abort();
    expect(await ended).to.equal(undefined);
    expect(await waitFor(watch, 1, 9, end.signal)).to.equal(undefined);
    const event = world.closed({ partition: 1, offset: 8 });
    expect(await other).to.deep.equal({ outcome: 'closed', event });
  });

  const away = () => Promise.reject(new Failure('transient', 'KAFKA_CONNECTION', 'the broker is away'));

  it('continues when Kafka or the registry is back, and says what is wrong meanwhile', async () => {
    let isAway = false;
    const ifThere = <T>(work: () => Promise<T>): Promise<T> => (isAway ? away() : work());
    const watch = world.watch({
      reader: { bounds: (wanted) => ifThere(() => world.reader.bounds(wanted)) },
      decoders: { 'run.closed': (values) => ifThere(() => world.decoders['run.closed'](values)) },
      offsets: { committed: away },
    });
    const waiting = waitFor(watch, 1, 7);
    await watch.begin();
    isAway = true;
    await until('it says so', () => watch.trouble()?.message === 'the broker is away');
    const event = world.closed({ partition: 1, offset: 7 });
    isAway = false;
    expect(await waiting).to.deep.equal({ outcome: 'closed', event });
  });

  it('reads an event again if the registry was away when it came', async () => {
    let isAway = true;
    const watch = world.watch({
      decoders: { 'run.closed': (values) => (isAway ? away() : world.decoders['run.closed'](values)) },
    });
    const waiting = waitFor(watch, 1, 7);
    await watch.begin();
    const event = world.closed({ partition: 1, offset: 7 });
    world.committed.set(1, 8);
    await until('it has tried', () => watch.trouble() !== undefined);
    isAway = false;
    expect(await waiting).to.deep.equal({ outcome: 'closed', event });
  });

  it('rejects everybody if a right is missing, and only the command whose event nobody can read', async () => {
    const unreadable = world.watch();
    const [bad, good] = [waitFor(unreadable, 1, 7), waitFor(unreadable, 1, 8)];
    await unreadable.begin();
    world.append(world.names.closed, 1, {
      headers: [['source-offset', Buffer.from(`${world.names.requested}/1/7`)]],
    });
    const event = world.closed({ partition: 1, offset: 8 });
    expect(await bad.catch(failureOf)).to.include({ kind: 'fatal', code: 'UNREADABLE_EVENT' });
    expect(await good).to.deep.equal({ outcome: 'closed', event });

    let isRefused = false;
    const refused = new Failure('fatal', 'KAFKA_TOPIC_DELETED', 'the topic was deleted');
    const watch = world.watch({
      reader: { bounds: (wanted) => (isRefused ? Promise.reject(refused) : world.reader.bounds(wanted)) },
    });
    const waiting = [waitFor(watch, 1, 70), waitFor(watch, 0, 80)].map((outcome) => outcome.catch(failureOf));
    await watch.begin();
    isRefused = true;
    expect(await Promise.all(waiting)).to.deep.equal([refused, refused]);
  });

  it('says before anything is published that an output is missing', async () => {
    const watch = world.watch({
      reader: { partitionCounts: (topics) => Promise.resolve(new Map(topics.map((topic) => [topic, 0]))) },
    });
    expect(await watch.begin().catch(failureOf)).to.include({ kind: 'fatal', code: 'KAFKA_TOPIC_MISSING' });
  });

  it('tells outcomes, but no duplicates, to a principal that may not describe the group', async () => {
    const refused = new Failure('fatal', 'KAFKA_GROUP_AUTHORIZATION_FAILED', 'grant DESCRIBE');
    let requests = 0;
    const watch = world.watch({
      offsets: {
        committed: () => {
          requests++;
          return Promise.reject(refused);
        },
      },
    });
    const end = new AbortController();
    const [closed, duplicate] = [waitFor(watch, 1, 7), waitFor(watch, 1, 8, end.signal)];
    await watch.begin();
    const event = world.closed({ partition: 1, offset: 7 });
    expect(await closed).to.deep.equal({ outcome: 'closed', event });
    await until('it is told', () => world.refused.length === 1);
    end.abort();
    expect(await duplicate).to.equal(undefined);
    expect(requests).to.equal(1);
  });

  it('names the group of the processor if that group has committed nothing at all', async () => {
    world.committed.set(0, null).set(1, null);
    const watch = world.watch();
    const end = new AbortController();
    const waiting = waitFor(watch, 1, 7, end.signal);
    await until('it is told', () => watch.trouble()?.code === 'GROUP_WITHOUT_OFFSETS');
    expect(watch.trouble()?.message).to.equal(
      'the consumer group runclose has committed no offset of run.close.requested: ' +
        'set processorGroupId to the KAFKA_GROUP_ID of serve, or start serve if this is its group',
    );
    world.committed.set(0, 1);
    await until('the group has passed another partition', () => watch.trouble() === undefined);
    end.abort();
    expect(await waiting).to.equal(undefined);
  });

  it('reads the other partitions while no broker leads an output of one', async () => {
    const leaderless: PartitionReader['leaderless'] = (wanted) =>
      Promise.resolve(
        wanted.filter((output) => output.topic === world.names.closed && output.partition === 0),
      );
    const watch = world.watch({ reader: { leaderless } });
    const end = new AbortController();
    const [held, other] = [waitFor(watch, 0, 7, end.signal), waitFor(watch, 1, 8)];
    await watch.begin();
    world.committed.set(0, 8);
    const event = world.closed({ partition: 1, offset: 8 });
    expect(await other).to.deep.equal({ outcome: 'closed', event });
    end.abort();
    expect(await held).to.equal(undefined);
  });

  it('rejects those who wait when it is closed, and those who come later', async () => {
    const watch = world.watch();
    const since = await watch.begin();
    const waiting = watch.outcomeOf(at(1, 7), since, never).catch(failureOf);
    watch.close();
    expect(await waiting).to.include({ code: 'WATCH_CLOSED' });
    expect(await watch.outcomeOf(at(1, 8), since, never).catch(failureOf)).to.include({
      code: 'WATCH_CLOSED',
    });
  });

  it('asks nothing while nobody waits', async () => {
    let requests = 0;
    const watch = world.watch({
      reader: {
        bounds: (wanted) => {
          requests++;
          return world.reader.bounds(wanted);
        },
      },
    });
    const waiting = waitFor(watch, 1, 7);
    await watch.begin();
    world.closed({ partition: 1, offset: 7 });
    await waiting;
    const before = requests;
    // Another watch, for which somebody waits, asks as often as this one would.
    let askedByOther = 0;
    const other = world.watch({
      reader: {
        bounds: (wanted) => {
          askedByOther++;
          return world.reader.bounds(wanted);
        },
      },
    });
    const left = new AbortController();
    const forEver = waitFor(other, 1, 8, left.signal);
    await until('the other watch has asked several times', () => askedByOther > 3);
    expect(requests).to.equal(before);
    left.abort();
    await forEver;
  });
});
