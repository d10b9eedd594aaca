import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { headerList, type AnyHeaders } from '../records/headers.ts';
import { isOversize } from './chunks.ts';

type Writable = { readonly key: Buffer | null; readonly value: Buffer | null; readonly headers: AnyHeaders };

const compress = promisify<Buffer, Buffer>(gzip);
/** More than the overhead of a record batch. */
const BATCH_BYTES = 1024;

/** True if a topic with this `max.message.bytes` takes the record, compressed as it will be sent. */
export const fits = async (record: Writable, mostBytes: number): Promise<boolean> => {
  if (!isOversize([record])) return true;
  const { key, value, headers } = record;
  const parts = [key, value, ...headerList(headers).flatMap(([name, text]) => [Buffer.from(name), text])];
  const whole = Buffer.concat(parts.filter((part) => part !== null));
  return (await compress(whole)).length + BATCH_BYTES <= mostBytes;
};
