/**
 * Writes a history to a file, streamed and compressed. Until the file is complete, it has a temporary name that no other writer uses;
 * `abort` removes it. If the file cannot be written, all functions fail with `FILE_NOT_WRITTEN`.
 */
import { hash, randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { finished } from 'node:stream/promises';
import { deflateRaw } from 'node:zlib';
import avro from 'avsc';
import { Failure } from '../processor/failure.ts';
import type { FoldedLedger } from '../replay/channel-ledgers.ts';
import type {
  EmittedRecord,
  HistoryFacts,
  HistoryRecord,
  HistoryStep,
  PolicyVersion,
} from '../replay/history.ts';
import { readFrame } from '../wire/frame.ts';
import { FACTS_KEY, historyType, type HistoryEntry } from './history-schema.ts';
import { messageWithoutPath } from './message-without-path.ts';
import type { WriterSchema } from './writer-schema.ts';

export type HistoryFileDeps = {
  readonly path: string;
  readonly facts: HistoryFacts;
  /** The schema with this id; null: the registry does not know the id. */
  readonly writerSchema: (id: number) => Promise<WriterSchema | null>;
};

export interface HistoryFileWriter {
  policy(version: PolicyVersion): Promise<void>;
  ledger(ledger: FoldedLedger): Promise<void>;
  step(step: HistoryStep): Promise<void>;
  /** Completes the file and gives it its name. */
  end(): Promise<{ readonly commands: number; readonly emitted: number }>;
  abort(): Promise<void>;
}

/** Larger blocks take longer to fill, and compress only a little better. */
const BLOCK_BYTES = 256 * 1024;
/** Twice as fast as zlib's default. The files are a tenth larger. */
const COMPRESSION_LEVEL = 3;

export const createHistoryFileWriter = ({
  path,
  facts,
  writerSchema,
}: HistoryFileDeps): HistoryFileWriter => {
  const partial = `${path}.${randomUUID().slice(0, 8)}.partial`;
  const encoder = new avro.streams.BlockEncoder(historyType(), encoderOptions(facts));
  // The file holds personal data.
  const file = createWriteStream(partial, { flags: 'wx', mode: 0o600 });
  const written = finished(file).catch((error: unknown) => {
    throw fileNotWritten(path, error);
  });
  written.catch(() => undefined);
  // `written` reports the error to the callers that wait.
  encoder.on('error', () => undefined);
  file.on('error', () => encoder.destroy());
  encoder.pipe(file);
  const schemas = new Set<number>();
  let [commands, emitted] = [0, 0];

  const put = async <K extends keyof HistoryEntry>(kind: K, entry: HistoryEntry[K]): Promise<void> => {
    if (!encoder.write({ [kind]: entry })) await Promise.race([drained(encoder), written]);
  };

  const describe = async ({ value }: HistoryRecord): Promise<void> => {
    const frame = readFrame(value);
    if (frame.kind === 'unframed' || schemas.has(frame.schemaId)) return;
    const id = frame.schemaId;
    const schema = await writerSchema(id);
    schemas.add(id);
    await put('runclose.history.Schema', {
      id,
      kind: schema?.kind ?? 'AVRO',
      schema: schema?.json ?? null,
      references: schema?.references ?? [],
    });
  };

  return {
    policy: ({ channelId, afterRevision, policy }) =>
      put('runclose.history.PolicyVersion', { channelId, afterRevision, ...policy }),
    ledger: ({ channelId, head, members, revision, policyVersion }) =>
      put('runclose.history.Ledger', {
        channelId,
        sequence: head.sequence,
        previousRunner: head.previousRunner,
        ring: head.ring,
        revision,
        policyVersion,
        members: [...members.values()],
      }),
    step: async (step) => {
      switch (step.kind) {
        case 'command':
          await describe(step.record);
          for (const { record } of step.emitted) await describe(record);
          commands += 1;
          emitted += step.emitted.length;
          return put('runclose.history.Command', {
            ...recordEntry(step.record),
            emitted: step.emitted.map(emittedEntry),
          });
        case 'stray':
          await describe(step.emitted.record);
          emitted += 1;
          return put('runclose.history.Stray', { source: step.source, emitted: emittedEntry(step.emitted) });
      }
    },
    end: async () => {
      await put('runclose.history.End', { commands, emitted });
      encoder.end();
      await written;
      await rename(partial, path).catch((error: unknown) => {
        throw fileNotWritten(path, error);
      });
      return { commands, emitted };
    },
    abort: async () => {
      encoder.destroy();
      file.destroy();
      await written.catch(() => undefined);
      await rm(partial, { force: true });
    },
  };
};

const drained = (encoder: NodeJS.EventEmitter): Promise<unknown> =>
  new Promise((resolve) => encoder.once('drain', resolve));

/** For example, the disk is full or a right is missing. */
export const fileNotWritten = (path: string, cause: unknown): Failure =>
  new Failure(
    'fatal',
    'FILE_NOT_WRITTEN',
    `writing ${path}: ${messageWithoutPath(cause)}. Name a file in a folder that can be written and has room`,
    { cause },
  );

/**
 * avsc's types lack `metadata`. The marker between blocks is a hash instead of a random number, so that equal histories make equal files.
 */
const encoderOptions = (facts: HistoryFacts) => {
  const json = Buffer.from(JSON.stringify(facts));
  return {
    blockSize: BLOCK_BYTES,
    codec: 'deflate',
    codecs: {
      deflate: (data: Buffer, done: (error: Error | null, data: Buffer) => void) => {
        deflateRaw(data, { level: COMPRESSION_LEVEL }, done);
      },
    },
    metadata: { [FACTS_KEY]: json },
    syncMarker: hash('sha256', json, 'buffer').subarray(0, 16),
  };
};

const recordEntry = ({ partition, offset, timestamp, key, value, headers }: HistoryRecord) => ({
  partition,
  offset,
  timestamp,
  key,
  value,
  headers: headers.map(([name, content]) => ({ name, value: content })),
});

const emittedEntry = ({ kind, record }: EmittedRecord) => ({ kind, ...recordEntry(record) });
