/**
 * Reads a history from a file, streamed. Decodes values with the schemas in the file, so no registry is needed. Rejects with a fatal
 * `Failure` if the file is no history, is damaged, or was cut off.
 */
import type { Type } from 'avsc';
import { Failure, wrongUse } from '../processor/failure.ts';
import { systemCode } from '../processor/system-code.ts';
import type { FoldedLedger } from '../replay/channel-ledgers.ts';
import type { History, HistoryFacts, HistoryStep, PolicyVersion } from '../replay/history.ts';
import type { EventType } from '../wire/event-types.ts';
import { openContainer, type Container } from './container-blocks.ts';
import { createReadEmitted } from './emitted-events.ts';
import { createEntryReader, type BlockEntries } from './history-entries.ts';
import { ledgerOf, policyVersionOf } from './history-records.ts';
import { FACTS_KEY } from './history-schema.ts';
import { messageWithoutPath } from './message-without-path.ts';
import { createRecordDecoder } from './record-decoder.ts';
import { createRecordReader, type RecordReader } from './record-reader.ts';
import { unknownId } from './record-readers.ts';
import type { RecordSchemas } from './schema-files.ts';
import type { WriterSchema } from './writer-schema.ts';

export type HistoryFile = History & {
  /** The schema with this id, as far as the file has been read. Null: not found so far. */
  writerSchema(id: number): Promise<WriterSchema | null>;
  /** The ledgers at the start of the history. */
  readonly ledgers: readonly FoldedLedger[];
  close(): Promise<void>;
};

const MAX_PORTION_STEPS = 500;

/** Opens the container of a history file. */
export const openHistoryContainer = async (path: string): Promise<Container> => {
  try {
    const container = await openContainer(path);
    return { ...container, blocks: () => failingWith(path, container.blocks()) };
  } catch (error) {
    throw unreadable(path, error);
  }
};

export const openHistoryFile = async (path: string, schemas: RecordSchemas): Promise<HistoryFile> => {
  const container = await openHistoryContainer(path);
  try {
    return await readHistory({ path, container, schemas, isWanted: () => true });
  } catch (error) {
    await container.close();
    throw error;
  }
};

export type HistoryReading = {
  /** For messages. */
  readonly path: string;
  readonly container: Container;
  readonly schemas: RecordSchemas;
  /** Whether to read the steps of this partition; others are skipped. */
  readonly isWanted: (partition: number) => boolean;
};

/** Reads the history in an open file. */
export const readHistory = async ({
  path,
  container,
  schemas,
  isWanted,
}: HistoryReading): Promise<HistoryFile> => {
  const { facts, blocks } = factsAndBlocks({ path, container, isWanted });
  const writers = new Map<number, WriterSchema | null>();
  const policies: PolicyVersion[] = [];
  const ledgers: FoldedLedger[] = [];

  /** Returns a block's steps, and keeps its schemas, policies and ledgers. */
  const take = ({ steps, others }: BlockEntries): readonly HistoryStep[] => {
    for (const entry of others) {
      const [kind] = Object.keys(entry);
      switch (kind as keyof typeof entry) {
        case 'runclose.history.Schema': {
          const { id, kind: type, schema, references } = entry['runclose.history.Schema'];
          writers.set(id, schema === null ? null : { kind: type, json: schema, references });
          break;
        }
        case 'runclose.history.PolicyVersion':
          policies.push(policyVersionOf(entry['runclose.history.PolicyVersion']));
          break;
        case 'runclose.history.Ledger':
          ledgers.push(ledgerOf(entry['runclose.history.Ledger']));
          break;
      }
    }
    return steps;
  };

  /** Reads up to the first steps. All policies and ledgers come before them. */
  const readAhead = async (): Promise<readonly HistoryStep[]> => {
    for (;;) {
      const { value: block, done } = await blocks.next();
      if (done === true) return [];
      const steps = take(block);
      if (steps.length > 0) return steps;
    }
  };
  const ahead = await readAhead();

  const readersOf = <T>(readerType: Type) => {
    const readers = new Map<number, RecordReader<T>>();
    const readersFor = (ids: ReadonlySet<number>) => {
      for (const id of ids) {
        const writer = writers.get(id) ?? null;
        if (!readers.has(id))
          readers.set(id, writer === null ? unknownId(id) : createRecordReader<T>(readerType, id, writer));
      }
      return Promise.resolve(readers);
    };
    return createRecordDecoder<T>({ cachedOrFetched: readersFor, recentlyConfirmed: readersFor });
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
      // Read and inflate the next block while the caller works on this one.
      let next = blocks.next();
      yield* portionsOf(ahead);
      for (let block = await next; block.done !== true; block = await next) {
        next = blocks.next();
        next.catch(() => undefined);
        yield* portionsOf(take(block.value));
      }
    },
    decode: async (values) =>
      (await decodeCommands(values)).map((result) =>
        result.kind === 'value' ? { kind: 'command', command: result.value } : result,
      ),
    readEvent: async (type, value) => {
      const [result] = await decodeEvents[type]([value]);
      return result?.kind === 'value' ? result.value : null;
    },
    readEmitted: createReadEmitted(schemas, (id) => Promise.resolve(writers.get(id) ?? null)),
    writerSchema: (id) => Promise.resolve(writers.get(id) ?? null),
    close: () => container.close(),
  };
};

/** The commands of a portion are decided together. */
function* portionsOf(steps: readonly HistoryStep[]): Generator<readonly HistoryStep[], void, undefined> {
  for (let at = 0; at < steps.length; at += MAX_PORTION_STEPS) yield steps.slice(at, at + MAX_PORTION_STEPS);
}

const factsAndBlocks = ({ path, container, isWanted }: Omit<HistoryReading, 'schemas'>) => {
  const json = container.metadata[FACTS_KEY]?.toString();
  if (json === undefined) throw damaged(path, '`runclose replay export` did not write it');
  const facts = JSON.parse(json) as HistoryFacts;
  const reader = createEntryReader(facts, isWanted);
  const blocks = async function* (): AsyncGenerator<BlockEntries, void, undefined> {
    for await (const block of container.blocks()) yield reader.read(block);
    if (!reader.hasEnded()) throw new Error('it was cut off: its last entry is missing');
  };
  return { facts, blocks: failingWith(path, blocks()) };
};

async function* failingWith<T>(path: string, items: AsyncIterable<T>): AsyncGenerator<T, void, undefined> {
  try {
    yield* items;
  } catch (error) {
    throw unreadable(path, error);
  }
}

const unreadable = (path: string, thrown: unknown): Failure => {
  if (thrown instanceof Failure) return thrown;
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  const code = systemCode(error);
  if (code === 'ENOENT' || code === 'EACCES' || code === 'EISDIR')
    return wrongUse(`reading ${path}: ${messageWithoutPath(error)}`);
  return damaged(path, code?.startsWith('Z_') === true ? 'a block is damaged' : error.message);
};

const damaged = (path: string, problem: string): Failure =>
  new Failure('fatal', 'HISTORY_FILE_UNREADABLE', `${path} is not a readable history: ${problem}`);
