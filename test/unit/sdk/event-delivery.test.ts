import { expect } from 'chai';

import type { ReadResult } from '../../../src/avro/record-reader.ts';
import { loadSchemas } from '../../../src/avro/schema-files.ts';
import type { RunCloseRejected } from '../../../src/domain/records.ts';
import type { LogRecord } from '../../../src/kafka/records/log-record.ts';
import { Failure } from '../../../src/processor/failure.ts';
import type { LaneResult } from '../../../src/kafka/consume/partition-lanes.ts';
import { createEventDelivery } from '../../../src/sdk/event-delivery.ts';
import { createHandlerSlots } from '../../../src/sdk/handler-slots.ts';
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
  const poisonAt = new Set<number>();

  beforeEach(() => {
    handled = [];
    resolved = [];
    undecodable = [];
    received = [];
    decodeFailures = [];
    handlerFailures = [];
    current = () => true;
    poisonAt.clear();
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
        throwNext(handlerFailures);
        handled.push(it.offset);
        received.push(it);
      },
      onUndecodable: (it) => {
        undecodable.push(it);
      },
      slots: createHandlerSlots(1),
    });
    return delivery(offsets.map(record), {
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
    expect(result.failure.message).to.equal('handling run.close.rejected at run.close.rejected/2/4: no');
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
});
