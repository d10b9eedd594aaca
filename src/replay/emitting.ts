import { emissionsOf } from '../processor/emissions.ts';
import type { EventType } from '../wire/event-types.ts';
import type { InputRecord } from '../processor/ports/input-record.ts';
import type { Poison } from '../processor/ports/record-codec.ts';
import type { Redecided } from './decider.ts';
import { positionText } from '../wire/position.ts';
import type { EmittedRecord, HistoryFacts, OutputKind } from './history.ts';

export type EmittingDeps = Pick<HistoryFacts, 'groupId' | 'outputTopics'> & {
  /** Puts the wire format before an Avro body. */
  readonly frame: (type: EventType, body: Buffer) => Buffer;
  /** Makes the dead letter of a record that cannot be decoded. */
  readonly deadLetter: (
    record: InputRecord,
    source: { readonly topic: string; readonly partition: number },
    poison: Poison,
  ) => Pick<InputRecord, 'key' | 'value' | 'headers'>;
};

/** Gives the events offsets as if they were emitted into empty topics, one after another, and the timestamps of their commands. */
export const createEmitting = ({ groupId, outputTopics, frame, deadLetter }: EmittingDeps) => {
  const next = new Map<string, number>();
  const place = (kind: OutputKind, partition: number) => {
    const topic = outputTopics[kind];
    const offset = next.get(`${topic}/${String(partition)}`) ?? 0;
    next.set(`${topic}/${String(partition)}`, offset + 1);
    return { topic, partition, offset };
  };
  return ({ step: { record }, owed }: Redecided): readonly EmittedRecord[] =>
    emissionsOf([owed], { groupId, frame, sourceOf: () => positionText(record) }).map((emission) => {
      const kind = emission.kind === 'event' ? emission.type : 'dead-letter';
      const { partition, timestamp } = record;
      const at = { ...place(kind, partition), timestamp };
      if (emission.kind === 'dead-letter')
        return { kind, record: { ...at, ...deadLetter(record, record, emission.poison) } };
      const headers = emission.headers.map(([name, value]) => [name, Buffer.from(value)] as const);
      return { kind, record: { ...at, key: emission.key, value: emission.value, headers } };
    });
};
