/** The contract of every transactional output with its input log, the real ones and those in memory. The simulation depends on it. */
import { expect } from 'chai';
import type { InputLog } from '../../../src/processor/ports/input-log.ts';
import type { Emission, TransactionalOutput } from '../../../src/processor/ports/output.ts';
import type { EventType } from '../../../src/wire/event-types.ts';
import { failureFrom } from '../../integration/postgres/batches.ts';
import { until } from '../condition.ts';

export type LogAtHand = {
  readonly output: TransactionalOutput;
  readonly log: InputLog;
  /** The input topic, with its prefix. */
  readonly topic: string;
};

export const outputsAndLogContract = (atHand: () => LogAtHand): void => {
  const framed = (body: string): Buffer => Buffer.from(`\0\0\0\0\x07${body}`);
  const event = (type: EventType, source: number, body = ''): Emission => ({
    kind: 'event',
    type,
    key: Buffer.from('C1'),
    value: framed(body),
    headers: [['source-offset', `${atHand().topic}/0/${String(source)}`]],
  });
  const deadLetter = (offset: number): Emission => ({
    kind: 'dead-letter',
    record: { offset, key: null, value: null, timestamp: 0, headers: [] },
    poison: { code: 'NULL_VALUE', message: 'there is no value' },
  });
  const fence = () => atHand().output.fence(0);
  const groupReaches = (offset: number) =>
    until(`the group is at ${offset}`, async () => (await atHand().log.committedOffset(0)) === offset);

  it('knows nothing if nothing was emitted', async () => {
    expect(await atHand().log.committedOffset(0)).to.equal(null);
    expect(await atHand().log.lastEmittedSource(0)).to.equal(null);
    expect(await atHand().log.missingOutputs(0)).to.deep.equal([]);
  });

  it('shows events and the group’s offset once they are published', async () => {
    const producer = await fence();
    await producer.publish([event('run.closed', 3), event('run.summary', 3)], 5);
    await groupReaches(5);
    expect(await atHand().log.lastEmittedSource(0)).to.equal(3);
    await producer.publish([], 9);
    await groupReaches(9);
    expect(await atHand().log.lastEmittedSource(0)).to.equal(3);
    await producer.dispose();
  });

  it('finds the last source among rejections and dead letters, too', async () => {
    const producer = await fence();
    await producer.publish([event('run.close.rejected', 0)], 1);
    expect(await atHand().log.lastEmittedSource(0)).to.equal(0);
    await producer.publish([deadLetter(1)], 2);
    expect(await atHand().log.lastEmittedSource(0)).to.equal(1);
    await producer.dispose();
  });

  it('refuses a fenced producer, and shows none of its records', async () => {
    const former = await fence();
    await former.publish([event('run.closed', 0), event('run.summary', 0)], 1);
    const owner = await fence();
    expect(await failureFrom(former.publish([event('run.closed', 1)], 2))).to.include({ kind: 'fenced' });
    expect(await atHand().log.lastEmittedSource(0)).to.equal(0);
    expect(await failureFrom(former.publish([], 2)), 'used again').to.include({
      code: 'KAFKA_PRODUCER_DISPOSED',
    });
    await owner.publish([event('run.closed', 1), event('run.summary', 1)], 2);
    await groupReaches(2);
    await owner.dispose();
  });

  it('refuses everything from a released producer', async () => {
    const producer = await fence();
    await producer.dispose();
    expect(await failureFrom(producer.publish([], 1))).to.include({ code: 'KAFKA_PRODUCER_DISPOSED' });
  });

  it('gives back the events of a range of sources, and no others', async () => {
    const producer = await fence();
    await producer.publish([event('run.closed', 0, 'a'), event('run.summary', 0, 'b')], 1);
    await producer.publish([event('run.close.rejected', 1, 'c'), deadLetter(2)], 3);
    await producer.publish([event('run.closed', 3, 'd'), event('run.summary', 3, 'e')], 4);
    await producer.dispose();
    expect(await atHand().log.emittedEvents({ partition: 0, first: 1, end: 4 })).to.deep.equal(
      new Map([
        [1, { 'run.close.rejected': framed('c') }],
        [3, { 'run.closed': framed('d'), 'run.summary': framed('e') }],
      ]),
    );
  });
};
