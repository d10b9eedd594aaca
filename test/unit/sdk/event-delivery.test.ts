import { expect } from 'chai';

import type { ReadResult } from '../../../src/avro/record-reader.ts';
import { loadSchemas } from '../../../src/avro/schema-files.ts';
import type { RunCloseRejected } from '../../../src/domain/records.ts';
import type { LogRecord } from '../../../src/kafka/records/log-record.ts';
import { Failure } from '../../../src/processor/failure.ts';
import type { LaneResult } from '../../../src/kafka/consume/partition-lanes.ts';
import { createEventDelivery, type HandledRecord } from '../../../src/sdk/event-delivery.ts';
import { createFailureCounts, type FailureCounts } from '../../../src/sdk/handler-retries.ts';
import { createHandlerSlots } from '../../../src/sdk/handler-slots.ts';
import type { EventMemory } from '../../../src/sdk/remember.ts';
import type { ReceivedEvent, UndecodableRecord } from '../../../src/sdk/received-event.ts';

const event = loadSchemas()['run.close.rejected'].type.random() as never as RunCloseRejected;

const record = (offset: number): LogRecord => ({
  topic: 'run.close.rejected',
  partition: 2,
  offset,
  key: Buffer.from('C1'),
  value: Buffer.from('body'),
  timestamp: 1_000,
  headers: [
    ['ce_id', Buffer.from('first')],
    ['empty', null],
    ['ce_id', Buffer.from('last')],
  ],
});

describe('Handing events over', () => {
  let handled: number[];
  let resolved: number[];
  let undecodable: UndecodableRecord[];
  let received: ReceivedEvent<'run.close.rejected'>[];
  let decodeFailures: Error[];
  let handlerFailures: Error[];
  let current: () => boolean;
  let replays: 'deliver' | 'skip';
  let memory: EventMemory<undefined> | undefined;
  let counts: FailureCounts;
  let givenUp: number[];
  let parking: () => Promise<'done' | 'left'>;
  const inFlight = new Set<HandledRecord>();
  const poisonAt = new Set<number>();
  const replayed = new Set<number>();

  beforeEach(() => {
    handled = [];
    resolved = [];
    undecodable = [];
    received = [];
    decodeFailures = [];
    handlerFailures = [];
    current = () => true;
    replays = 'deliver';
    memory = undefined;
    counts = createFailureCounts(undefined);
    givenUp = [];
    parking = () => Promise.resolve('done');
    poisonAt.clear();
    replayed.clear();
  });

  const throwNext = (failures: Error[]): void => {
    const failure = failures.shift();
    if (failure !== undefined) throw failure;
  };

  const deliver = (offsets: readonly number[]): Promise<LaneResult> => {
    const delivery = createEventDelivery({
      groupId: 'readers',
      type: 'run.close.rejected',
      decode: async (values) => {
        throwNext(decodeFailures);
        return values.map((_, i): ReadResult<RunCloseRejected> =>
          poisonAt.has(offsets[i] ?? -1)
            ? { kind: 'poison', poison: { code: 'UNDECODABLE', message: 'bad' } }
            : { kind: 'value', value: event },
        );
      },
      handle: async (it) => {
        expect([...inFlight].map(({ what }) => what)).to.deep.equal([
          `run.close.rejected at run.close.rejected/2@${it.offset}`,
        ]);
        throwNext(handlerFailures);
        handled.push(it.offset);
        received.push(it);
      },
      onUndecodable: (it) => {
        undecodable.push(it);
      },
      slots: createHandlerSlots(1),
      replays,
      memory,
      counts,
      giveUp: (it) => {
        givenUp.push(it.offset);
        return parking();
      },
      inFlight,
    });
    const records = offsets
      .map(record)
      .map((it) =>
        replayed.has(it.offset)
          ? { ...it, headers: [...it.headers, ['runclose-replay', Buffer.from('r1')] as const] }
          : it,
      );
    return delivery(records, {
      isCurrent: () => current(),
      resolve: (offset) => {
        resolved.push(offset);
      },
    });
  };

  it('gives each with its place, key and headers, in order, and is done with it then', async () => {
    await deliver([4, 5, 7]);
    expect(handled).to.deep.equal([4, 5, 7]);
    expect(resolved).to.deep.equal([4, 5, 7]);
    expect(received[0]).to.deep.equal({
      type: 'run.close.rejected',
      event,
      topic: 'run.close.rejected',
      partition: 2,
      offset: 4,
      key: 'C1',
      timestamp: 1_000,
      headers: new Map([['ce_id', 'last']]),
    });
  });

  it('gives what cannot be decoded to somebody else, byte for byte, in its turn', async () => {
    poisonAt.add(5);
    await deliver([4, 5, 6]);
    expect(handled).to.deep.equal([4, 6]);
    expect(undecodable).to.deep.equal([{ ...record(5), poison: { code: 'UNDECODABLE', message: 'bad' } }]);
    expect(resolved).to.deep.equal([4, 5, 6]);
  });

  it('stops at a handler that fails, says where, and lets nothing overtake', async () => {
    handlerFailures = [new Error('no')];
    const result = await deliver([4, 5]);
    expect(handled).to.be.empty;
    expect(resolved).to.be.empty;
    expect(result).to.deep.include({ kind: 'failed', offset: 4 });
    if (result.kind !== 'failed') expect.fail();
    expect(result.failure).to.include({ kind: 'transient', code: 'HANDLER_FAILED' });
    expect(result.failure.message).to.equal('handling run.close.rejected at run.close.rejected/2@4: no');
  });

  it('stops when the registry is away', async () => {
    decodeFailures = [new Failure('transient', 'REGISTRY_UNAVAILABLE', 'away')];
    const result = await deliver([4]);
    expect(handled).to.be.empty;
    expect(result).to.deep.include({ kind: 'failed', offset: 4 });
    expect(result).to.have.nested.property('failure.code', 'REGISTRY_UNAVAILABLE');
  });

  it('stops when the partition is lost or the subscriber stops, and leaves the rest undone', async () => {
    current = () => handled.length < 2;
    expect(await deliver([4, 5, 6])).to.deep.equal({ kind: 'left' });
    expect(resolved).to.deep.equal([4, 5]);
  });

  it('does nothing with no records', async () => {
    expect(await deliver([])).to.deep.equal({ kind: 'done' });
    expect(handled).to.be.empty;
  });

  it('takes a failure of the handler for one of the handler, whatever it is', async () => {
    handlerFailures = [new Failure('fatal', 'PUBLISHER_CLOSED', 'closed')];
    const result = await deliver([4]);
    expect(result).to.have.nested.property('failure.code', 'HANDLER_FAILED');
    expect(result).to.have.nested.property('failure.kind', 'transient');
    expect(inFlight.size).to.equal(0);
  });

  describe('after too many failures', () => {
    const fails = (times: number): Error[] => Array.from({ length: times }, () => new Error('no'));

    beforeEach(() => {
      counts = createFailureCounts(3);
    });

    it('gives an event up, and continues after it', async () => {
      handlerFailures = fails(3);
      for (const _ of [1, 2]) expect(await deliver([4, 5])).to.include({ kind: 'failed', offset: 4 });
      expect(givenUp).to.be.empty;
      expect(await deliver([4, 5])).to.deep.equal({ kind: 'done' });
      expect([givenUp, handled, resolved]).to.deep.equal([[4], [5], [4, 5]]);
    });

    it('hands a given-up event to its handler again if it is delivered again', async () => {
      handlerFailures = fails(3);
      for (const _ of [1, 2, 3]) await deliver([4]);
      expect(await deliver([4])).to.deep.equal({ kind: 'done' });
      expect([givenUp, handled]).to.deep.equal([[4], [4]]);
    });

    it('counts for each event by itself, and no failures of the registry', async () => {
      handlerFailures = fails(2);
      await deliver([4]);
      await deliver([4]);
      decodeFailures = [new Failure('transient', 'REGISTRY_UNAVAILABLE', 'away')];
      await deliver([4]);
      await deliver([4]);
      handlerFailures = fails(2);
      await deliver([5]);
      await deliver([5]);
      expect([givenUp, handled]).to.deep.equal([[], [4]]);
    });

    it('counts no failure of the memory of events, but what the handler does in it', async () => {
      let isAway = true;
      memory = {
        once: (_, handle) => (isAway ? Promise.reject(new Error('ECONNREFUSED')) : handle(undefined)),
      };
      for (const _ of [1, 2, 3, 4]) expect(await deliver([4])).to.include({ kind: 'failed', offset: 4 });
      isAway = false;
      handlerFailures = fails(3);
      for (const _ of [1, 2]) await deliver([4]);
      expect(givenUp).to.be.empty;
      await deliver([4]);
      expect(givenUp).to.deep.equal([4]);
    });

    it('does not call the handler again while the event cannot be parked', async () => {
      handlerFailures = fails(3);
      parking = () => Promise.reject(new Failure('transient', 'KAFKA_CONNECTION', 'away'));
      for (const _ of [1, 2]) await deliver([4]);
      expect(await deliver([4])).to.have.nested.property('failure.code', 'KAFKA_CONNECTION');
      expect(await deliver([4])).to.have.nested.property('failure.code', 'KAFKA_CONNECTION');
      expect([givenUp, handled, resolved]).to.deep.equal([[4, 4], [], []]);
      parking = () => Promise.resolve('done');
      expect(await deliver([4, 5])).to.deep.equal({ kind: 'done' });
      expect([handled, resolved]).to.deep.equal([[5], [4, 5]]);
    });

    it('leaves the event undone if the subscriber ends', async () => {
      handlerFailures = fails(3);
      parking = () => Promise.resolve('left');
      for (const _ of [1, 2]) await deliver([4]);
      expect(await deliver([4, 5])).to.deep.equal({ kind: 'left' });
      expect([handled, resolved]).to.deep.equal([[], []]);
    });
  });

  it('delivers events that a replay wrote again, or skips them', async () => {
    replayed.add(5);
    await deliver([4, 5, 6]);
    replays = 'skip';
    await deliver([4, 5, 6]);
    expect(handled).to.deep.equal([4, 5, 6, 4, 6]);
    expect(resolved).to.deep.equal([4, 5, 6, 4, 5, 6]);
  });
});
