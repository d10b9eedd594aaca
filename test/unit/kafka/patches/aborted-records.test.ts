import { expect } from 'chai';
import fc from 'fast-check';
import { withoutAbortedRecords } from '../../../../src/kafka/patches/aborted-records.ts';
import { repaired } from '../../../support/repaired-kafkajs.ts';

const MARKER = { abort: Buffer.from([0, 0, 0, 0]), commit: Buffer.from([0, 0, 0, 1]) };

/** A partition as two or three transactional producers write it, with the broker's list of aborted transactions. */
const createPartition = () => {
  const messages: Parameters<typeof withoutAbortedRecords>[0]['messages'][number][] = [];
  const abortedTransactions: { producerId: string; firstOffset: string }[] = [];
  const open = new Map<string, number>();
  const append = (producerId: string, key: Buffer | null, kind: 'record' | 'marker'): number =>
    messages.push({
      offset: String(messages.length),
      key,
      isControlRecord: kind === 'marker',
      batchContext: { producerId, inTransaction: true },
    }) - 1;
  return {
    messages,
    abortedTransactions,
    write: (producerId: string, key: Buffer | null = null): number => {
      const offset = append(producerId, key, 'record');
      if (!open.has(producerId)) open.set(producerId, offset);
      return offset;
    },
    end: (producerId: string, how: 'abort' | 'commit'): void => {
      const first = open.get(producerId);
      if (first === undefined) return;
      open.delete(producerId);
      append(producerId, MARKER[how], 'marker');
      if (how === 'abort') abortedTransactions.push({ producerId, firstOffset: String(first) });
    },
  };
};

const readable = (partition: ReturnType<typeof createPartition>): string[] =>
  withoutAbortedRecords(partition)
    .filter(({ isControlRecord }) => !isControlRecord)
    .map(({ offset }) => offset);

describe('Read-committed', () => {
  it('hides both of two aborted transactions when the second one ended first', () => {
    const partition = createPartition();
    partition.write('1');
    partition.write('2');
    partition.end('2', 'abort');
    partition.write('1');
    partition.end('1', 'abort');
    expect(readable(partition)).to.deep.equal([]);
  });

  it('takes no record for a marker because of its key', () => {
    const partition = createPartition();
    partition.write('1');
    partition.write('1', Buffer.alloc(4));
    partition.write('1');
    partition.end('1', 'abort');
    expect(readable(partition)).to.deep.equal([]);
  });

  it('shows exactly what was committed, however transactions lie in each other', () => {
    const step = fc.record({
      producer: fc.constantFrom('1', '2', '3'),
      does: fc.constantFrom('write' as const, 'write' as const, 'abort' as const, 'commit' as const),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const partition = createPartition();
        const pending = new Map<string, string[]>();
        const committed: string[] = [];
        for (const { producer, does } of steps) {
          if (does === 'write') {
            const offset = String(partition.write(producer));
            pending.set(producer, [...(pending.get(producer) ?? []), offset]);
          } else {
            partition.end(producer, does);
            if (does === 'commit') committed.push(...(pending.get(producer) ?? []));
            pending.delete(producer);
          }
        }
        // The broker lets nobody read beyond the first transaction that is still open.
        const stable = Math.min(...[...pending.values()].map(([first]) => Number(first)));
        const below = partition.messages.filter(({ offset }) => Number(offset) < stable);
        const expected = committed.map(Number).filter((offset) => offset < stable);
        expect(readable({ ...partition, messages: below }).map(Number)).to.deep.equal(
          expected.sort((a, b) => a - b),
        );
      }),
    );
  });

  it('is what the client runs', () => {
    expect(repaired('consumer/filterAbortedMessages.js')).to.equal(withoutAbortedRecords);
  });
});
