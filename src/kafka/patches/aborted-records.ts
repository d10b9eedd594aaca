import type { Patch } from './patch.ts';

type Message = {
  readonly offset: string;
  readonly key: Buffer | null;
  readonly isControlRecord: boolean;
  readonly batchContext: { readonly producerId: string; readonly inTransaction: boolean };
};

type AbortedTransaction = { readonly producerId: string; readonly firstOffset: string };

type Fetched<M extends Message> = {
  readonly messages: readonly M[];
  readonly abortedTransactions?: readonly AbortedTransaction[] | null;
};

/**
 * kafkajs leaks aborted records to read-committed consumers if two transactional producers write one partition. The broker lists aborted
 * transactions in the order of their markers, but kafkajs expects the order of their first offsets, and takes at most one transaction per
 * record. kafkajs also mistakes a data record whose key is four zero bytes for an abort marker.
 */
export const withoutAbortedRecords = <M extends Message>({
  messages,
  abortedTransactions,
}: Fetched<M>): readonly M[] => {
  if (!abortedTransactions?.length) return messages;
  const begins = abortedTransactions
    .map(({ producerId, firstOffset }) => ({ producerId, firstOffset: Number(firstOffset) }))
    .sort((a, b) => a.firstOffset - b.firstOffset);
  const aborting = new Set<string>();
  let next = 0;

  return messages.filter((message) => {
    const offset = Number(message.offset);
    for (
      let begin = begins[next];
      begin !== undefined && begin.firstOffset <= offset;
      begin = begins[++next]
    ) {
      aborting.add(begin.producerId);
    }
    const { producerId, inTransaction } = message.batchContext;
    if (isAbortMarker(message)) aborting.delete(producerId);
    return message.isControlRecord || !inTransaction || !aborting.has(producerId);
  });
};

const ABORT_MARKER_KEY = Buffer.from([0, 0, 0, 0]);

const isAbortMarker = ({ isControlRecord, key }: Message): boolean =>
  isControlRecord && key !== null && key.equals(ABORT_MARKER_KEY);

export const abortedRecords: Patch = {
  module: 'consumer/filterAbortedMessages.js',
  apply: () => withoutAbortedRecords,
};
