import { expect } from 'chai';

import type { ReadResult } from '../../../src/avro/record-reader.ts';
import { loadSchemas } from '../../../src/avro/schema-files.ts';
import type { RunCloseRejected } from '../../../src/domain/records.ts';
import type { LogRecord } from '../../../src/kafka/log-record.ts';
import { Failure } from '../../../src/processor/failure.ts';
import { createEventDelivery } from '../../../src/sdk/event-delivery.ts';
import type { Retry } from '../../../src/sdk/event-delivery.ts';
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
  let retries: Retry[];
  let received: ReceivedEvent<'run.close.rejected'>[];
  let decodeFailures: Error[];
  let handlerFailures: Error[];
  let current: () => boolean;
  let heartbeat: () => Promise<void>;
  const poisonAt = new Set<number>();

  beforeEach(() => {
    handled = [];
    resolved = [];
    undecodable = [];
    retries = [];
    received = [];
    decodeFailures = [];
    handlerFailures = [];
    current = () => true;
    heartbeat = () => Promise.resolve();
    poisonAt.clear();
  });

  const throwNext = (failures: Error[]): void => {
    const failure = failures.shift();
    if (failure !== undefined) throw failure;
  };

  const deliver = (offsets: readonly number[]): Promise<void> => {
    const delivery = createEventDelivery({
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
      onRetry: (retry) => {
        retries.push(retry);
      },
      pacer: { beforeRetry: () => Promise.resolve() },
    });
    return delivery(offsets.map(record), {
      isCurrent: () => current(),
      heartbeat: () => heartbeat(),
      resolve: async (offset) => {
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

  it('calls a handler that fails again, and nothing overtakes', async () => {
    handlerFailures = [new Error('no'), new Error('never')];
    await deliver([4, 5]);
    expect(handled).to.deep.equal([4, 5]);
    expect(retries.map(({ attempt, waiting }) => [attempt, waiting?.offset])).to.deep.equal([
      [1, 4],
      [2, 4],
    ]);
    expect(retries[0]?.failure).to.include({ kind: 'transient', code: 'HANDLER_FAILED' });
    expect(retries[0]?.failure.message).to.equal('handling run.close.rejected at run.close.rejected/2/4: no');
  });

  it('waits for the registry', async () => {
    decodeFailures = [new Failure('transient', 'REGISTRY_UNAVAILABLE', 'away')];
    await deliver([4]);
    expect(handled).to.deep.equal([4]);
    expect(retries.map(({ failure }) => failure.code)).to.deep.equal(['REGISTRY_UNAVAILABLE']);
  });

  it('stops when the partition is lost or the subscriber stops, and leaves the rest undone', async () => {
    current = () => handled.length < 2;
    await deliver([4, 5, 6]);
    expect(resolved).to.deep.equal([4, 5]);
  });

  it('stops retrying then, too', async () => {
    handlerFailures = Array<Error>(100).fill(new Error('no'));
    current = () => retries.length < 3;
    await deliver([4, 5]);
    expect(retries).to.have.lengthOf(3);
    expect(resolved).to.be.empty;
  });

  it('tells the consumer of a lost membership, with what is done being done', async () => {
    heartbeat = () => Promise.reject(new Error('REBALANCE_IN_PROGRESS'));
    const failure = await deliver([4, 5]).then(
      () => 'none',
      (error: unknown) => String(error),
    );
    expect(failure).to.equal('Error: REBALANCE_IN_PROGRESS');
    expect(resolved).to.deep.equal([4]);
  });

  it('does nothing with no records', async () => {
    await deliver([]);
    expect(handled).to.be.empty;
  });
});
