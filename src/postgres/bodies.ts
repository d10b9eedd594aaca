import { sql, type FragmentSqlToken } from 'slonik';
import { z } from 'zod';
import type { Bodies, Outcome } from '../processor/ports/decision-store.ts';
import type { EventType } from '../wire/event-types.ts';
import type { Fingerprints } from '../processor/ports/record-codec.ts';
import { FINGERPRINT_BYTES } from '../processor/fingerprint-bytes.ts';
import type { Forgotten } from '../replay/ports.ts';
import { byteaArray } from './binary-arrays.ts';
import { packBodies, unpackBodies } from './packed-bodies.ts';

const body = z.instanceof(Buffer).nullable();

/** The columns of `decision_event` that hold bodies. */
export const bodiesRow = z.object({ closed: body, summary: body, rejected: body, packed: body });

export const bodiesOf = ({ closed, summary, rejected, packed }: z.infer<typeof bodiesRow>): Bodies => {
  const [unpackedClosed, unpackedSummary] = packed === null ? [closed, summary] : unpackBodies(packed);
  return {
    ...(unpackedClosed === null ? {} : { 'run.closed': unpackedClosed }),
    ...(unpackedSummary === null ? {} : { 'run.summary': unpackedSummary }),
    ...(rejected === null ? {} : { 'run.close.rejected': rejected }),
  };
};

/** The columns of `decision_event` that hold bodies, in the order of `bodyArrays`. */
export const BODY_COLUMNS = sql.fragment`closed, summary, rejected, packed`;

/** One array for each column, for `unnest`. The two bodies of a closed run are packed together. */
export const bodyArrays = (all: readonly Bodies[]): FragmentSqlToken => {
  const rows = all.map(storedBodies);
  const column = (of: (row: z.infer<typeof bodiesRow>) => Buffer | null) =>
    sql.fragment`${byteaArray(rows.map(of))}::bytea[]`;
  return sql.fragment`
    ${column(({ closed }) => closed)}, ${column(({ summary }) => summary)},
    ${column(({ rejected }) => rejected)}, ${column(({ packed }) => packed)}`;
};

const storedBodies = (bodies: Bodies): z.infer<typeof bodiesRow> => {
  const {
    'run.closed': closed = null,
    'run.summary': summary = null,
    'run.close.rejected': rejected = null,
  } = bodies;
  return closed === null || summary === null
    ? { closed, summary, rejected, packed: null }
    : { closed: null, summary: null, rejected, packed: packBodies([closed, summary]) };
};

/** The events of each outcome, in the order of the fingerprints in `schema_fingerprint`. */
const TYPES_OF: Readonly<Record<Outcome, readonly EventType[]>> = {
  closed: ['run.closed', 'run.summary'],
  rejected: ['run.close.rejected'],
};

/** The column `schema_fingerprint`: the fingerprints of a decision's bodies, one after the other. */
export const fingerprintColumn = (outcome: Outcome, of: (type: EventType) => Buffer): Buffer =>
  Buffer.concat(TYPES_OF[outcome].map(of));

export const fingerprintsOf = (outcome: Outcome, stored: Buffer): Fingerprints => {
  const types = TYPES_OF[outcome];
  const column = shortFingerprints(stored);
  const length = column.length / types.length;
  return Object.fromEntries(
    types.map((type, place) => [type, column.subarray(place * length, (place + 1) * length)]),
  );
};

/** The column as this version writes it. An older version stored 32 bytes of each fingerprint. */
export const shortFingerprints = (stored: Buffer): Buffer =>
  stored.length < LONG_FINGERPRINT
    ? stored
    : Buffer.concat(
        Array.from({ length: stored.length / LONG_FINGERPRINT }, (_, place) =>
          stored.subarray(place * LONG_FINGERPRINT, place * LONG_FINGERPRINT + FINGERPRINT_BYTES),
        ),
      );

const LONG_FINGERPRINT = 32;

/** The columns of `decision_event` that say whose data was redacted. */
export const forgottenRow = z.object({
  /** Milliseconds. */
  forgotten_at: z.number().nullable(),
  forgotten_user_ids: z.array(z.string()).nullable(),
});

export const forgottenOf = ({
  forgotten_at,
  forgotten_user_ids,
}: z.infer<typeof forgottenRow>): Forgotten | null =>
  forgotten_at === null ? null : (forgotten_user_ids ?? 'everybody');
