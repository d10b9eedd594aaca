import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TopicNames } from '../../../src/kafka/names/topic-names.ts';
import type { World } from '../world/world.ts';
import { startConsoleReader, type ConsoleReader } from './console-reader.ts';
import { OUTPUT_ROLES, type Evidence, type Healing, type LogRecord, type Fold } from './evidence.ts';
import { foldInput } from './fold.ts';
import { findHanging } from './hanging.ts';
import type { RecountedLedger } from './recount.ts';
import { readStored } from './stored.ts';

/** Reads all outputs during the run, and everything else at its end. Topics that were created again need another reader. */
export interface EvidenceReader {
  /** Nothing more will be published: begins to read the input. */
  readInput: () => void;
  /** Call this when every instance has ended. */
  gather: (facts: EvidenceFacts) => Promise<Evidence>;
  close: () => Promise<void>;
}

export type EvidenceFacts = {
  readonly healing: Healing;
  readonly abortedCommandIds: ReadonlySet<string>;
  /** If topics were created again: the result of the former input. The ledgers are changed. */
  readonly again?: { readonly since: FirstOffsets; readonly ledgers: Fold['ledgers'] };
};

/**
 * By topic and partition, the offset of the first record to check; 0 if the map has none, as for a topic that was created again. Earlier
 * records were checked before.
 */
export type FirstOffsets = ReadonlyMap<keyof TopicNames, ReadonlyMap<number, number>>;

/** Longer than any transaction may stay open, and longer than a consumer needs to start. */
const SILENCE_SECONDS = 60;

/** The readers' logs go into the folder. */
export const openEvidenceReader = (world: World, folder: string, signal: AbortSignal): EvidenceReader => {
  const { names, client, databaseUrl, kafka } = world;
  mkdirSync(folder, { recursive: true });
  const brokers = kafka.variables['KAFKA_BROKERS'] ?? '';
  const readers = new Map<keyof typeof names, ConsoleReader>();
  const read = (role: keyof typeof names): void => {
    const logFile = join(folder, `reader-of-${role}.log`);
    readers.set(role, startConsoleReader({ topic: names[role], brokers, logFile }));
  };
  for (const role of OUTPUT_ROLES) read(role);

  /**
   * Writes a last record into each partition. A reader that has read this record has read everything, and no earlier transaction is open.
   */
  const markEnds = async (topic: string): Promise<Map<number, number>> => {
    const producer = client.producer({ idempotent: true });
    await producer.connect();
    try {
      const messages = Array.from({ length: world.partitions }, (_, partition) => ({
        partition,
        value: 'end',
      }));
      const ends = await producer.send({ topic, messages });
      return new Map(ends.map(({ partition, baseOffset }) => [partition, Number(baseOffset)]));
    } finally {
      await producer.disconnect();
    }
  };

  const readToTheEnd = async (
    role: keyof typeof names,
    since: FirstOffsets,
  ): Promise<{ records: LogRecord[]; stuck: string[] }> => {
    const ends = await markEnds(names[role]);
    const reader = readers.get(role);
    const unfinished = (): [number, number][] =>
      [...ends].filter(([partition, end]) => (reader?.reached(partition) ?? -1) < end);
    let seen = -1;
    let seenAt = Date.now();
    while (unfinished().length > 0 && Date.now() - seenAt < SILENCE_SECONDS * 1000) {
      const count = reader?.count() ?? 0;
      if (count > seen) seenAt = Date.now();
      seen = count;
      await sleep(100, undefined, { signal });
    }
    const stuck = unfinished().map(
      ([partition, end]) =>
        `nobody can read ${names[role]}/${partition} up to ${end}: a transaction is open before it`,
    );
    const records = (reader?.records() ?? []).filter(
      ({ partition, offset }) =>
        offset >= (since.get(role)?.get(partition) ?? 0) && offset < (ends.get(partition) ?? Infinity),
    );
    return { records, stuck };
  };

  return {
    readInput: () => {
      read('requested');
    },
    gather: async ({ healing, abortedCommandIds, again }) => {
      const since: FirstOffsets = again?.since ?? new Map();
      const ledgers = again?.ledgers ?? new Map<string, RecountedLedger>();
      const closedBefore = new Map([...ledgers].map(([channel, { head }]) => [channel, head.sequence]));
      const committed = await world.group.committed();
      const [input, ...outputs] = await Promise.all([
        readToTheEnd('requested', since),
        ...OUTPUT_ROLES.map((role) => readToTheEnd(role, since)),
      ]);
      const stuck = [input, ...outputs].flatMap((reading) => reading.stuck);
      const ids = kafka.brokers.map((_, index) => index + 1);
      return {
        input: input.records,
        outputs: OUTPUT_ROLES.flatMap((role, index) =>
          (outputs[index]?.records ?? []).map((record) => ({ ...record, role })),
        ),
        contradictions: [...readers.values()].flatMap((reader) => reader.contradictions()),
        // Records that the group has not passed need no outcome yet.
        fold: foldInput(
          input.records.filter(({ partition, offset }) => offset < (committed.get(partition) ?? 0)),
          {
            inputTopic: names.requested,
            schemaIds: new Set([world.commandSchemaId]),
          },
          ledgers,
        ),
        closedBefore,
        committed,
        ...(await readStored(databaseUrl, since.get('requested') ?? new Map())),
        abortedCommandIds,
        healing,
        hanging: [...stuck, ...(await findHanging(brokers, ids))],
        ends: world.fleet.ends,
        peakMemoryMb: world.fleet.peakMemoryMb(),
      };
    },
    close: async () => {
      await Promise.all([...readers.values()].map((reader) => reader.close()));
    },
  };
};
