import type { RunCloseRequested } from '../../domain/records.ts';
import type { EventOf, EventType } from '../../wire/event-types.ts';

/** Why a record can never be decoded. */
export type Poison = {
  /** One of `POISON_CODES`. */
  readonly code: string;
  readonly message: string;
  /** An operator has skipped the record: when, in RFC 3339, and who, if known. */
  readonly skipped?: { readonly at: string; readonly by: string | null };
};

export type Decoded =
  | { readonly kind: 'command'; readonly command: RunCloseRequested }
  | { readonly kind: 'poison'; readonly poison: Poison };

export interface RecordCodec {
  /** One result per value, in order. Rejects with a transient failure if a schema id cannot be resolved because the registry is away. */
  decode(values: readonly (Buffer | null)[]): Promise<readonly Decoded[]>;
  /** The Avro body, without the wire format's five bytes. Deterministic. */
  encode<T extends EventType>(type: T, event: EventOf[T]): Buffer;
  /**
   * Resolves with a function that puts magic byte and schema id before a body: the id that the registry has at this moment for the schema
   * that wrote the body. Rejects with a transient failure while one of the ids is not known.
   *
   * @param stored the schemas of bodies that were written earlier, perhaps by another version
   */
  framer(stored?: readonly Fingerprints[]): Promise<Frame>;
  /** Identifies the schema that `encode` writes an event type with, in `FINGERPRINT_BYTES`. */
  fingerprint(type: EventType): Buffer;
  /** One result per event, in order. Rejects with a transient failure if the registry is needed and away. */
  readEmitted(type: EventType, events: readonly Buffer[]): Promise<readonly EmittedEvent[]>;
}

/** By event type: the fingerprint of the schema that wrote a body. Absent: this version's schema. */
export type Fingerprints = Partial<Readonly<Record<EventType, Buffer>>>;

/** @param writtenWith the schema that wrote the body; this version's if absent */
export type Frame = (type: EventType, body: Buffer, writtenWith?: Buffer) => Buffer;

/** An event from a topic. Another version of its schema may have written it. */
export type EmittedEvent = {
  /** Without the wire format. */
  readonly body: Buffer;
  /** The schema that wrote it; undefined: the registry does not know it. */
  readonly writtenWith: Buffer | undefined;
  /** Its fields as this version reads them; null if the bytes are no event. */
  readonly fields: object | null;
  /** The fields of a body that this version wrote, without those that the schema of this event lacks. */
  fieldsLike(body: Buffer): object;
  /** True if a body that this version wrote says the same, compared in the fields that both schemas have. */
  saysTheSameAs(body: Buffer): boolean;
};
