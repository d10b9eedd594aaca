/**
 * A history read from a file, streamed. Its values are decoded with the schemas that the file brings along: no registry is asked.
 * Rejects with a fatal `Failure` for what is no such file, or is damaged or cut off.
 */
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream';
import { inflateRaw } from 'node:zlib';
import avro from 'avsc';
import type { Type } from 'avsc';
import type { FoldedLedger } from '../replay/channel-ledgers.ts';
import type { History, HistoryFacts, HistoryStep, PolicyVersion } from '../replay/history.ts';
import { Failure } from '../processor/failure.ts';
import type { EventType } from '../processor/ports.ts';
import { createBoundsCheck } from './bounds-check.ts';
import { createFileRecords } from './history-records.ts';
import { FACTS_KEY, historyType, type HistoryEntry } from './history-schema.ts';
import { createRecordDecoder } from './record-decoder.ts';
import { createRecordReader, type RecordReader } from './record-reader.ts';
import { unknownId } from './record-readers.ts';
import type { RecordSchemas } from './schema-files.ts';
import type { WriterSchema } from './writer-schema.ts';

export type HistoryFile = History & {
  /** What values with this schema id were written with, as far as the file has been read. */
  writerSchema(id: number): Promise<WriterSchema | null>;
  /** Where to begin folding. */
  readonly ledgers: readonly FoldedLedger[];
  close(): void;
};

/** Steps handed over at once. */
const PORTION = 500;
const READ_BYTES = 1024 * 1024;

export const openHistoryFile = async (path: string, schemas: RecordSchemas): Promise<HistoryFile> => {
  const { facts, entries, close } = await openEntries(path);
  const { topic, outputTopics } = facts;
  const records = createFileRecords({ topic, outputTopics });
  const writers = new Map<number, WriterSchema | null>();
  const policies: PolicyVersion[] = [];
  const ledgers: FoldedLedger[] = [];
  let ahead: HistoryStep | null = null;
  let ended = false;

  /** The next step; what stands before it is taken in. Null at the end of the file. */
  const next = async (): Promise<HistoryStep | null> => {
    for (;;) {
      const { value: entry, done } = await entries.next();
      if (done === true) {
        if (ended) return null;
        throw damaged(path, 'it was cut off: its last entry is missing');
      }
      const [kind] = Object.keys(entry);
      switch (kind as keyof HistoryEntry) {
        case 'runclose.history.Schema': {
          const { id, kind: type, schema, references } = entry['runclose.history.Schema'];
          writers.set(id, schema === null ? null : { kind: type, json: schema, references });
          break;
        }
        case 'runclose.history.PolicyVersion':
          policies.push(records.policy(entry['runclose.history.PolicyVersion']));
          break;
        case 'runclose.history.Ledger':
          ledgers.push(records.ledger(entry['runclose.history.Ledger']));
          break;
        case 'runclose.history.Command':
          return records.command(entry['runclose.history.Command']);
        case 'runclose.history.Stray':
          return records.stray(entry['runclose.history.Stray']);
        case 'runclose.history.End':
          ended = true;
          break;
      }
    }
  };
  ahead = await next();

  const readersOf = <T>(readerType: Type) => {
    const readers = new Map<number, RecordReader<T>>();
    const known = (ids: ReadonlySet<number>) => {
      for (const id of ids) {
        const writer = writers.get(id) ?? null;
        if (!readers.has(id))
          readers.set(id, writer === null ? unknownId(id) : createRecordReader<T>(readerType, id, writer));
      }
      return Promise.resolve(readers);
    };
    return createRecordDecoder<T>({ known, confirmed: known });
  };
  const decodeCommands = readersOf<never>(schemas['run.close.requested'].type);
  const decodeEvents = {
    'run.closed': readersOf<object>(schemas['run.closed'].type),
    'run.summary': readersOf<object>(schemas['run.summary'].type),
    'run.close.rejected': readersOf<object>(schemas['run.close.rejected'].type),
  } satisfies Record<EventType, unknown>;

  return {
    facts,
    policies,
    ledgers,
    async *steps() {
      let portion: HistoryStep[] = [];
      for (let step = ahead; step !== null; step = await next()) {
        portion.push(step);
        if (portion.length === PORTION) {
          yield portion;
          portion = [];
        }
      }
      if (portion.length > 0) yield portion;
    },
    decode: async (values) =>
      (await decodeCommands(values)).map((result) =>
        result.kind === 'value' ? { kind: 'command', command: result.value } : result,
      ),
    readEvent: async (type, value) => {
      const [result] = await decodeEvents[type]([value]);
      return result?.kind === 'value' ? result.value : null;
    },
    writerSchema: (id) => Promise.resolve(writers.get(id) ?? null),
    close,
  };
};

const openEntries = async (path: string) => {
  const type = historyType();
  const check = createBoundsCheck(type);
  const decoder = new avro.streams.BlockDecoder({
    parseHook: () => type as never,
    codecs: {
      // avsc reads past the end of what is damaged: see bounds-check.ts.
      deflate: (data, done) => {
        inflateRaw(data, (error, block) => {
          if (error !== null) {
            done(error);
            return;
          }
          try {
            check.all(block);
            done(undefined, block);
          } catch (thrown) {
            done(thrown as Error);
          }
        });
      },
    },
  });
  const source = createReadStream(path, { highWaterMark: READ_BYTES });
  let failed: Error | undefined;
  pipeline(source, decoder, (error) => {
    if (error) failed = error;
  });
  const facts = await new Promise<HistoryFacts>((resolve, reject) => {
    decoder.once('metadata', (_type: Type, _codec: string, header: { meta: Record<string, Buffer> }) => {
      const json = header.meta[FACTS_KEY]?.toString();
      if (json === undefined) reject(new Error('it holds no history of runclose'));
      else resolve(JSON.parse(json) as HistoryFacts);
    });
    decoder.once('error', reject);
    decoder.once('end', () => reject(new Error('it is empty')));
    source.once('error', reject);
  }).catch((error: unknown) => {
    source.destroy();
    decoder.destroy();
    throw unreadable(path, error);
  });

  const entries = async function* (): AsyncGenerator<HistoryEntry, void, undefined> {
    try {
      for await (const entry of decoder) yield entry as HistoryEntry;
    } catch (error) {
      throw unreadable(path, failed ?? error);
    }
  };
  return { facts, entries: entries(), close: () => void source.destroy() };
};

const unreadable = (path: string, thrown: unknown): Failure => {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  if ('code' in error && (error.code === 'ENOENT' || error.code === 'EACCES' || error.code === 'EISDIR'))
    return new Failure('fatal', 'WRONG_USE', `reading ${path}: ${error.message}`, { cause: error });
  return damaged(path, error.message);
};

const damaged = (path: string, what: string): Failure =>
  new Failure('fatal', 'HISTORY_FILE_UNREADABLE', `${path} is no history that can be read: ${what}`);
