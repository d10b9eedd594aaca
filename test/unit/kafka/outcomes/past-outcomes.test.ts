import { expect } from 'chai';
import { partitionOf } from '../../../../src/wire/partitioner.ts';
import { createPastOutcomes } from '../../../../src/kafka/outcomes/past-outcomes.ts';
import type { ReadRange } from '../../../../src/kafka/read/partition-reader.ts';
import { failureOf, type Failure } from '../../../../src/processor/failure.ts';
import { createOutcomesInMemory, type OutcomesInMemory } from '../../../support/outcomes-in-memory.ts';

const never = new AbortController().signal;
const home = partitionOf(Buffer.from('C1'), 2);

const at = (commandId: string, offset: number) => ({
  channelId: 'C1',
  commandId,
  partition: 1 - home,
  offset,
});

describe('The search for past outcomes', () => {
  let world: OutcomesInMemory;

  beforeEach(() => {
    world = createOutcomesInMemory(2);
  });

  const last = (commandId: string, channelId = 'C1') => world.past().last({ channelId, commandId }, never);

  it('finds a closed run and a rejection by the names of their command', async () => {
    const closed = world.closed({ partition: home, offset: 1 });
    const rejected = world.rejected({ partition: home, offset: 2 });
    world.closed({ partition: home, offset: 3, channelId: 'C2', commandId: 'c2' });
    expect(await last('c1')).to.deep.equal({ outcome: 'closed', event: closed });
    expect(await last('c2')).to.deep.equal({ outcome: 'rejected', event: rejected });
    expect(await last('c3')).to.equal(undefined);
  });

  it('finds it in every partition: publishers may have chosen another one', async () => {
    const event = world.closed({ partition: 1 - home, offset: 1 });
    expect(await last('c1')).to.deep.equal({ outcome: 'closed', event });
  });

  it('prefers the outcome that claimed the id, however many others came later', async () => {
    const event = world.closed({ partition: home, offset: 1 });
    world.rejected({ partition: home, offset: 2, commandId: 'c1' }, 'COMMAND_ID_REUSED');
    world.rejected({ partition: home, offset: 3, commandId: 'c1' }, 'INVALID_COMMAND');
    expect(await last('c1')).to.deep.equal({ outcome: 'closed', event });
  });

  it('tells the last one if nothing claimed the id: an invalid command, or a skipped record', async () => {
    world.rejected({ partition: home, offset: 1, commandId: 'c2' }, 'INVALID_COMMAND');
    const event = world.rejected({ partition: home, offset: 2 }, 'INVALID_COMMAND');
    expect(await last('c2')).to.deep.equal({ outcome: 'rejected', event });
    world.skipped({ partition: home, offset: 3 });
    expect(await last('c3')).to.deep.equal({
      outcome: 'dead-letter',
      code: 'SKIPPED',
      message: 'an operator skipped it',
    });
  });

  it('passes over records that nobody can read', async () => {
    const event = world.closed({ partition: home, offset: 1 });
    world.append(world.names.closed, home, { headers: [['causation-id', Buffer.from('c1')]] });
    world.append(world.names.deadLetters, home, { key: Buffer.from('C1') });
    world.append(world.names.rejected, home);
    expect(await last('c1')).to.deep.equal({ outcome: 'closed', event });
  });

  it('reads no further back than to the outcome, and of its partition only', async () => {
    for (let offset = 0; offset < 10_000; offset++) world.closed({ partition: home, offset });
    const ranges: ReadRange[] = [];
    const { names, decoders } = world;
    const reader = {
      ...world.reader,
      readEncoded: (wanted: readonly ReadRange[]) => {
        ranges.push(...wanted);
        return world.reader.readEncoded(wanted);
      },
    };
    const past = createPastOutcomes({ reader, names, decoders });
    await past.last({ channelId: 'C1', commandId: 'c9500' }, never);
    expect(ranges).to.deep.include({
      topic: names.closed,
      partition: home,
      low: 0,
      high: 10_000,
      stable: 10_000,
      from: 9_000,
      to: 10_000,
    });
    expect(ranges.filter(({ partition }) => partition !== home)).to.be.empty;
    expect(ranges.every(({ from, to }) => from >= 9_000 || from === to)).to.equal(true);
    await past.last({ channelId: 'C1', commandId: 'c100' }, never);
    expect(Math.min(...ranges.filter(({ to }) => to).map(({ from }) => from))).to.equal(0);
  });

  it('looks for many at once, and tells each as soon as it is found', async () => {
    for (let offset = 0; offset < 3_000; offset++) world.closed({ partition: home, offset });
    const claims: number[] = [];
    const commands = Array.from({ length: 3_000 }, (_, i) => at(`c${i}`, i));
    await world.past().firsts([...commands, at('none', 3_000)], never, (index) => {
      claims.push(index);
    });
    expect(new Set(claims).size).to.equal(3_000);
    expect(claims).to.have.lengthOf(3_000);
    expect(claims[0]).to.equal(2_000);
  });

  it('says that a partition has no leader, unless the outcome is found in another one', async () => {
    const { reader, names, decoders } = world;
    const other = 1 - home;
    const leaderless: typeof reader.leaderless = (wanted) =>
      Promise.resolve(wanted.filter(({ topic, partition }) => topic === names.closed && partition === other));
    const past = createPastOutcomes({ reader: { ...reader, leaderless }, names, decoders });
    const event = world.closed({ partition: home, offset: 1 });
    expect(await past.last({ channelId: 'C1', commandId: 'c1' }, never)).to.deep.equal({
      outcome: 'closed',
      event,
    });
    const failure = await past.last({ channelId: 'C1', commandId: 'c2' }, never).catch(failureOf);
    expect(failure).to.include({ kind: 'transient', code: 'KAFKA_NO_LEADER' });
    expect((failure as Failure).message).to.equal(
      `no broker leads run.closed/${other} at present, which may hold the outcome of command c2 of channel C1`,
    );
  });

  it('names a topic that does not exist', async () => {
    const { reader, names, decoders } = world;
    const partitionCounts: typeof reader.partitionCounts = (topics) =>
      Promise.resolve(new Map(topics.map((topic) => [topic, topic === names.rejected ? 0 : 2])));
    const past = createPastOutcomes({ reader: { ...reader, partitionCounts }, names, decoders });
    const failure = await past.last({ channelId: 'C1', commandId: 'c1' }, never).catch(failureOf);
    expect(failure).to.include({ kind: 'fatal', code: 'KAFKA_TOPIC_MISSING' });
  });

  it('searches every partition of each topic, although partitions were added to some topics only', async () => {
    const { reader, names, decoders } = world;
    const partitionCounts: typeof reader.partitionCounts = (topics) =>
      Promise.resolve(new Map(topics.map((topic) => [topic, topic === names.rejected ? 2 : 1])));
    const leaderless: typeof reader.leaderless = (wanted) =>
      Promise.resolve(wanted.filter(({ topic, partition }) => topic !== names.rejected && partition === 1));
    const past = createPastOutcomes({ reader: { ...reader, partitionCounts, leaderless }, names, decoders });
    const event = world.rejected({ partition: 1, offset: 1 });
    expect(await past.last({ channelId: 'C1', commandId: 'c1' }, never)).to.deep.equal({
      outcome: 'rejected',
      event,
    });
    expect(await past.last({ channelId: 'C1', commandId: 'c2' }, never)).to.equal(undefined);
  });

  it('tells the outcome that names the position of the command, also if a replay wrote it again', async () => {
    const told: unknown[] = [];
    const first = world.closed({ partition: home, offset: 1, commandId: 'c3' });
    const reused = world.rejected({ partition: home, offset: 3 }, 'COMMAND_ID_REUSED');
    const again = world.closed({ partition: home, offset: 5 }, [['runclose-replay', Buffer.from('r1')]]);
    world.skipped({ partition: home, offset: 6 });
    const commands = [3, 4, 5, 6].map((offset) => ({
      ...at(offset === 4 ? 'c3' : `c${offset}`, offset),
      partition: home,
    }));
    await world.past().firsts(commands, never, (index, outcome) => (told[index] = outcome));
    expect(told).to.deep.equal([
      { outcome: 'rejected', event: reused },
      { outcome: 'duplicate', first: { outcome: 'closed', event: first } },
      { outcome: 'closed', event: again },
      { outcome: 'dead-letter', code: 'SKIPPED', message: 'an operator skipped it' },
    ]);
  });

  it('ends early when it is aborted', async () => {
    world.closed({ partition: home, offset: 1 });
    expect(await world.past().last({ channelId: 'C1', commandId: 'c1' }, AbortSignal.abort())).to.equal(
      undefined,
    );
  });
});
