/**
 * Reads commands and events in a block of a history file: nearly all of the block. Checks bounds while reading, and decodes the headers of
 * an event only when they are needed. avsc with a separate bounds check took three times as long.
 */
import type {
  CommandStep,
  EmittedRecord,
  FoundRecord,
  HistoryFacts,
  HistoryRecord,
  HistoryStep,
  OutputKind,
} from '../replay/history.ts';
import { EVENT_TYPES } from '../wire/event-types.ts';
import type { Headers } from '../wire/headers.ts';
import { readLong, type Cursor } from './long.ts';

type StrayStep = Extract<HistoryStep, { kind: 'stray' }>;

export type StoredRecords = {
  /** Reads a `Command`. Throws if the bytes are none. */
  command(cursor: Cursor): CommandStep;
  /** Skips a `Command`. */
  skipCommand(cursor: Cursor): void;
  /** Reads a `Stray`. Throws if the bytes are none. */
  stray(cursor: Cursor): StrayStep;
};

export const createStoredRecords = ({
  topic,
  outputTopics,
}: Pick<HistoryFacts, 'topic' | 'outputTopics'>): StoredRecords => {
  const emitted = (cursor: Cursor): EmittedRecord => {
    const kind = readKind(cursor);
    return { kind, record: readEvent(cursor, outputTopics[kind]) };
  };
  return {
    command: (cursor) => {
      const record = {
        topic,
        partition: readInt(cursor),
        offset: readLong(cursor),
        timestamp: readLong(cursor),
        key: readBytes(cursor),
        value: readBytes(cursor),
        headers: readHeaders(cursor),
      };
      return { kind: 'command', record, emitted: readArray(cursor, emitted) };
    },
    skipCommand: (cursor) => {
      skipRecord(cursor);
      skipArray(cursor, (each) => {
        skipLength(each, readLong(each));
        skipRecord(each);
      });
    },
    stray: (cursor) => ({ kind: 'stray', source: readText(cursor), emitted: emitted(cursor) }),
  };
};

const readEvent = (cursor: Cursor, topic: string): FoundRecord => {
  const partition = readInt(cursor);
  const offset = readLong(cursor);
  const timestamp = readLong(cursor);
  const key = readBytes(cursor);
  const value = readBytes(cursor);
  const { buf, pos } = cursor;
  skipArray(cursor, skipHeader);
  return new StoredEvent({ topic, partition, offset, timestamp, key, value }, buf, pos);
};

const PRESENT = 1;

class StoredEvent implements FoundRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly timestamp: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly #block: Buffer;
  readonly #headersAt: number;

  constructor(record: Omit<HistoryRecord, 'headers'>, block: Buffer, headersAt: number) {
    this.topic = record.topic;
    this.partition = record.partition;
    this.offset = record.offset;
    this.timestamp = record.timestamp;
    this.key = record.key;
    this.value = record.value;
    this.#block = block;
    this.#headersAt = headersAt;
  }

  get headers(): Headers {
    return readHeaders({ buf: this.#block, pos: this.#headersAt });
  }

  hasHeaders(expected: readonly (readonly [name: string, value: string])[]): boolean {
    const cursor = { buf: this.#block, pos: this.#headersAt };
    // Equal headers in several array blocks count as different here. The caller then compares more closely.
    if (readLong(cursor) !== expected.length) return false;
    for (const [name, value] of expected) {
      if (!passText(cursor, name) || readLong(cursor) !== PRESENT || !passText(cursor, value)) return false;
    }
    return readLong(cursor) === 0;
  }
}

/** Whether the next text is this one. Moves the cursor past the next text. */
const passText = (cursor: Cursor, text: string): boolean => {
  const length = readLong(cursor);
  const { buf, pos } = cursor;
  cursor.pos += length;
  // Nearly all texts are ASCII, and comparing the units of short texts takes less time than making a string.
  for (let at = 0; at < length; at += 1) {
    const unit = text.charCodeAt(at);
    if (unit >= 0x80) return buf.toString('utf8', pos, cursor.pos) === text;
    if (unit !== buf[pos + at]) return false;
  }
  return length === text.length;
};

const KINDS: readonly OutputKind[] = [...EVENT_TYPES, 'dead-letter'];

const readKind = (cursor: Cursor): OutputKind => {
  const start = cursor.pos;
  const kind = KINDS.find((each) => {
    cursor.pos = start;
    return passText(cursor, each);
  });
  if (kind === undefined) throw new Error('a record in it is of no known kind');
  return kind;
};

const readInt = (cursor: Cursor): number => {
  const value = readLong(cursor);
  if (value !== (value | 0)) throw damaged();
  return value;
};

/** The branches of a union with null. */
const ABSENT = 0;

const isPresent = (cursor: Cursor): boolean => {
  const branch = readLong(cursor);
  if (branch !== ABSENT && branch !== PRESENT) throw damaged();
  return branch === PRESENT;
};

/** Returns a view of the block. */
const readBytes = (cursor: Cursor): Buffer | null => {
  if (!isPresent(cursor)) return null;
  const length = readLong(cursor);
  const start = cursor.pos;
  skipLength(cursor, length);
  return cursor.buf.subarray(start, cursor.pos);
};

const readText = (cursor: Cursor): string | null => readBytes(cursor)?.toString('utf8') ?? null;

const skipLength = (cursor: Cursor, length: number): void => {
  if (length < 0 || length > cursor.buf.length - cursor.pos) throw damaged();
  cursor.pos += length;
};

const skipBytes = (cursor: Cursor): void => {
  if (isPresent(cursor)) skipLength(cursor, readLong(cursor));
};

const skipHeader = (cursor: Cursor): void => {
  skipLength(cursor, readLong(cursor));
  skipBytes(cursor);
};

const skipRecord = (cursor: Cursor): void => {
  readLong(cursor);
  readLong(cursor);
  readLong(cursor);
  skipBytes(cursor);
  skipBytes(cursor);
  skipArray(cursor, skipHeader);
};

const readHeaders = (cursor: Cursor): Headers =>
  readArray(cursor, (each) => {
    const length = readLong(each);
    const start = each.pos;
    skipLength(each, length);
    return [each.buf.toString('utf8', start, each.pos), readBytes(each)] as const;
  });

/** The most headers that a record batch can hold. In memory, each takes far more than the two bytes that it may take in the file. */
const MAX_ITEMS = 1_000_000;

const readArray = <T>(cursor: Cursor, item: (cursor: Cursor) => T): readonly T[] => {
  const items: T[] = [];
  skipArray(cursor, (each) => {
    if (items.push(item(each)) > MAX_ITEMS) throw damaged();
  });
  return items;
};

/** An array is blocks: a count, then that many items. After a negative count comes the block's size in bytes. */
const skipArray = (cursor: Cursor, item: (cursor: Cursor) => unknown): void => {
  for (let count = readLong(cursor); count !== 0; count = readLong(cursor)) {
    if (count < 0) readLong(cursor);
    for (let itemsLeft = Math.abs(count); itemsLeft > 0; itemsLeft -= 1) {
      item(cursor);
      // Past the end, bytes read as zeros, which would count as items.
      if (cursor.pos > cursor.buf.length) throw damaged();
    }
  }
};

const damaged = (): Error => new Error('a block is damaged');
