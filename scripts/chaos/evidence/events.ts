import { hash } from 'node:crypto';
import type { RunClosed, RunCloseRejected, RunSummary } from '../../../src/domain/records.ts';
import { type LogRecord, type OutputRecord, type Source, sourceAt } from './evidence.ts';
import { FRAME_LENGTH, schemas } from './frames.ts';

export const fingerprint = (body: Buffer): string => hash('sha256', body, 'hex');

/** The body without the frame: the schema id in the frame depends on the registry of that moment. */
export const bodyOf = ({ value }: LogRecord): Buffer => value?.subarray(FRAME_LENGTH) ?? Buffer.alloc(0);

export const closedIn = (record: OutputRecord): RunClosed =>
  schemas['run.closed'].type.fromBuffer(bodyOf(record)) as RunClosed;

/** The fields that all events have. */
export type AnyEvent = RunClosed | RunSummary | RunCloseRejected;

const TYPES = { closed: 'run.closed', summary: 'run.summary', rejected: 'run.close.rejected' } as const;

/** Null for a dead letter, which is no event. */
export const eventIn = (record: OutputRecord): AnyEvent | null =>
  record.role === 'deadLetters'
    ? null
    : (schemas[TYPES[record.role]].type.fromBuffer(bodyOf(record)) as AnyEvent);

/** The input record that an output names as its source; null if it names none. */
export const sourceOf = ({ role, headers }: OutputRecord): Source | null => {
  const last = (name: string): string | undefined =>
    headers.findLast(([each]) => each === name)?.[1]?.toString('utf8');
  if (role === 'deadLetters') {
    const [partition, offset] = [last('__connect.errors.partition'), last('__connect.errors.offset')];
    return partition === undefined || offset === undefined
      ? null
      : sourceAt(Number(partition), Number(offset));
  }
  const [, partition, offset] = /\/(\d+)\/(\d+)$/.exec(last('source-offset') ?? '') ?? [];
  return offset === undefined ? null : sourceAt(Number(partition), Number(offset));
};

/** Items by what they have in common. */
export const grouped = <Item, Key>(
  items: readonly Item[],
  keyOf: (item: Item) => Key,
): ReadonlyMap<Key, readonly Item[]> => {
  const groups = new Map<Key, Item[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
};

export const placeOf = ({ role, partition, offset }: OutputRecord): string =>
  `${role} ${sourceAt(partition, offset)}`;
