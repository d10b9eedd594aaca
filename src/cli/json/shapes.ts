/** Shapes that more than one command prints with `--json`. One concept has one shape, and every name is in camelCase, as in the records. */
import { z } from 'zod';
import type { RunClosed, RunCloseRejected, RunCloseRequested, RunSummary } from '../../domain/records.ts';

export const line = <Shape extends z.ZodRawShape>(shape: Shape) => z.object(shape).strict();

/** A schema with each field of a type. `satisfies SchemaOf<…>` lets the compiler find a field that the schema lacks. */
export type SchemaOf<Printed> = z.ZodType<Readonly<Record<keyof Printed, unknown>>>;

export const list = <Item extends z.ZodTypeAny>(item: Item) => z.array(item).readonly();

export const text = z.string();

export const count = z.number().int().nonnegative();

export const counts = z.record(count);

/** The headers of a record. If a name occurs more than once, the value is a list. */
export const headers = z.record(z.union([text.nullable(), list(text.nullable())]));

/** A time in RFC 3339, in UTC with milliseconds. If RFC 3339 cannot express the time, the milliseconds since 1970. */
export const time = z.union([z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/), z.number().int()]);

/** The position of a record. */
export const positionShape = { topic: text, partition: count, offset: count };
export const position = line(positionShape);

/** The person who fetches. The display name is empty if it was forgotten. */
export const runner = line({
  userId: text,
  slackUserId: text.nullable(),
  displayName: text,
});

export const forgotten = line({
  at: time,
  whose: z.union([z.literal('everybody'), list(text)]),
});

/** The same type, with each time as RFC 3339. */
export type Timed<T> = T extends object
  ? { readonly [Name in keyof T]: Name extends TimeField ? z.infer<typeof time> | null : Timed<T[Name]> }
  : T;

type TimeField = 'requestedAt' | 'submittedAt' | 'pickupTime' | 'closedAt' | 'rejectedAt';

/** Records as they are in their schemas, with their times as RFC 3339. */
export type EventJson = Timed<RunClosed> | Timed<RunCloseRejected>;
export type RecordJson = EventJson | Timed<RunSummary> | Timed<RunCloseRequested>;

/** Any object: the Avro schemas describe the fields of records. */
export const record = <Json extends object>() =>
  z.custom<Json>((value) => typeof value === 'object' && value !== null);

export const divergence = {
  code: text,
  channelId: text.nullable(),
  runId: text.nullable(),
  commandId: text.nullable(),
  /** The command's record; null for a ledger. */
  source: position.nullable(),
  /** `decision`, `ledger`, or the topic of an event. */
  where: text,
  /** The position of the event; null if there is no event. */
  position: position.nullable(),
  field: text,
  expected: z.unknown(),
  found: z.unknown(),
};
