import type { Batch } from 'kafkajs';
import type { InputBatch } from '../../processor/ports/input-record.ts';
import { sizeOfHeaders } from '../records/headers.ts';
import { recordOf } from '../records/log-record.ts';

/**
 * Far below the time budget of one transaction. Smaller batches cost more transactions; with larger batches, the database and this process
 * wait for each other. Measured with six partitions: 500 processes 5% more than 1,000, and 30% more than 300.
 */
const MAX_RECORDS = 500;
const MAX_BYTES = 1024 * 1024;

/**
 * Cuts a fetched batch into batches that each fit one transaction. The first begins at the fetched offset, and each next one begins where
 * the one before ends, so markers and aborted records at the borders belong to one of them. A fetch without records gives one empty batch.
 */
export function* inputBatches(
  batch: Batch & { readonly fetchedOffset?: string },
): Generator<InputBatch, void> {
  const { partition, messages } = batch;
  const end = Number(batch.lastOffset()) + 1;
  let first = Number(batch.fetchedOffset);
  let records: InputBatch['records'][number][] = [];
  let bytes = 0;
  for (const message of messages) {
    const record = recordOf(message);
    const size = (record.key?.length ?? 0) + (record.value?.length ?? 0) + sizeOfHeaders(record.headers);
    if (records.length > 0 && (records.length === MAX_RECORDS || bytes + size > MAX_BYTES)) {
      yield { partition, first, end: record.offset, records };
      first = record.offset;
      records = [];
      bytes = 0;
    }
    records.push(record);
    bytes += size;
  }
  yield { partition, first, end, records };
}
