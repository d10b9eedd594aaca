import { expect } from 'chai';
import { FRAME_LENGTH, schemas } from '../../scripts/chaos/evidence/frames.ts';
import { foldInput } from '../../scripts/chaos/evidence/fold.ts';
import { createStream, type Portion, type Stream } from '../../scripts/chaos/stream/stream.ts';
import { frame } from '../../src/wire/frame.ts';
import type { RunCloseRequested } from '../../src/domain/records.ts';

const aStream = (seed: number, commands = 2000): Stream =>
  createStream({
    seed,
    commands,
    partitions: 6,
    encode: (command) => frame(1, schemas['run.close.requested'].type.toBuffer(command)),
  });

const all = (stream: Stream): Portion[] => {
  const portions: Portion[] = [];
  for (let portion = stream.next(); portion !== undefined; portion = stream.next()) portions.push(portion);
  return portions;
};

/** What a read-committed reader would see. */
const committed = (portions: readonly Portion[]) => {
  const ends = new Map<number, number>();
  return portions
    .flatMap(({ records, sent }) =>
      records.filter((_, index) => sent === 'plainly' || sent.interleaved[index % 2] === 'commit'),
    )
    .map(({ partition, key, value }) => {
      const offset = ends.get(partition) ?? 0;
      ends.set(partition, offset + 1);
      return { partition, offset, timestamp: 0, key, value, headers: [] };
    });
};

describe('The stream of a chaos run', () => {
  it('is the same for the same seed, and another for another', () => {
    expect(all(aStream(5, 500))).to.deep.equal(all(aStream(5, 500)));
    expect(all(aStream(5, 500))).to.not.deep.equal(all(aStream(6, 500)));
  });

  it('keeps a channel in one partition when partitions are added, and uses those for new channels', () => {
    const stream = aStream(1);
    const portions = Array.from({ length: 50 }, () => stream.next()).flatMap((portion) => portion ?? []);
    stream.growTo(12);
    portions.push(...all(stream));
    const partitions = new Map<string, Set<number>>();
    for (const { key, partition } of committed(portions)) {
      // One kind of invalid command has the key of no channel.
      if (key.toString() === 'another key') continue;
      partitions.set(key.toString(), (partitions.get(key.toString()) ?? new Set()).add(partition));
    }
    for (const [channel, its] of partitions) expect([...its], channel).to.have.length(1);
    const used = new Set([...partitions.values()].flatMap((its) => [...its]));
    expect(Math.max(...used)).to.be.greaterThan(5);
  });

  it('leads to every outcome: about one record in a hundred is poison, and two are duplicates', () => {
    const input = committed(all(aStream(3, 3000)));
    const { outcomes } = foldInput(input, { inputTopic: 'run.close.requested', schemaIds: new Set([1]) });
    const found = [...outcomes.values()];
    const share = (kind: string): number =>
      found.filter((outcome) => outcome.kind === kind).length / found.length;
    expect(share('dead letter')).to.be.within(0.005, 0.02);
    expect(share('duplicate')).to.be.within(0.01, 0.03);
    const reasons = new Set(
      found.flatMap((outcome) => (outcome.kind === 'rejected' ? [outcome.reason] : [])),
    );
    expect([...reasons].sort()).to.deep.equal([
      'COMMAND_ID_REUSED',
      'INVALID_COMMAND',
      'NO_ELIGIBLE_RUNNER',
      'RUN_ALREADY_CLOSED',
      'UNAUTHORIZED',
    ]);
  });

  it('for topics that were created again has old commands, which are duplicates, and new ones, which continue their channels', () => {
    const stream = aStream(8, 500);
    const options = { inputTopic: 'run.close.requested', schemaIds: new Set([1]) };
    const former = foldInput(committed(all(stream)), options);
    const sequences = new Map([...former.ledgers].map(([channel, { head }]) => [channel, head.sequence]));

    const { outcomes } = foldInput(committed([stream.later(400)]), options, former.ledgers);
    const count = (wanted: string): number =>
      [...outcomes.values()].filter(({ kind }) => kind === wanted).length;
    expect(count('duplicate')).to.be.within(100, 300);
    expect(count('closed')).to.be.within(100, 300);
    const after = [...former.ledgers].map(
      ([channel, { head }]) => head.sequence - (sequences.get(channel) ?? 0),
    );
    expect(after.reduce((sum, count) => sum + count, 0)).to.equal(count('closed'));
  });

  it('has about five orders a command', () => {
    const orders = committed(all(aStream(4))).flatMap(({ value }) => {
      try {
        const body = value?.subarray(FRAME_LENGTH) ?? Buffer.alloc(0);
        return (schemas['run.close.requested'].type.fromBuffer(body) as RunCloseRequested).orders.length;
      } catch {
        return [];
      }
    });
    expect(orders.reduce((sum, count) => sum + count, 0) / orders.length).to.be.within(3.5, 6);
  });

  it('never sends the command of an aborted transaction elsewhere', () => {
    const portions = all(aStream(9));
    const aborted = new Set(portions.flatMap(({ abortedCommandIds }) => abortedCommandIds));
    expect(aborted.size).to.be.greaterThan(30);
    const ids = committed(portions).map(({ value }) => value?.toString('latin1') ?? '');
    for (const id of aborted)
      expect(
        ids.some((text) => text.includes(`${id}\u0000`)),
        id,
      ).to.equal(false);
    expect(
      ids.some((text) => text.includes('cmd-aborted')),
      'none at all',
    ).to.equal(false);
  });
});
