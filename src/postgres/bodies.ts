import { z } from 'zod';
import type { Bodies, Outcome } from '../processor/ports/decision-store.ts';
import type { EventType } from '../wire/event-types.ts';
import type { Fingerprints } from '../processor/ports/record-codec.ts';
import type { Forgotten } from '../replay/ports.ts';

const body = z.instanceof(Buffer).nullable();

/** The columns of `decision_event` that hold bodies. */
export const bodiesRow = z.object({ closed: body, summary: body, rejected: body });

export const bodiesOf = ({ closed, summary, rejected }: z.infer<typeof bodiesRow>): Bodies => ({
  ...(closed === null ? {} : { 'run.closed': closed }),
  ...(summary === null ? {} : { 'run.summary': summary }),
  ...(rejected === null ? {} : { 'run.close.rejected': rejected }),
});

/** The events that an outcome leads to, in the order in which a decision's fingerprints stand. */
const TYPES_OF: Readonly<Record<Outcome, readonly EventType[]>> = {
  closed: ['run.closed', 'run.summary'],
  rejected: ['run.close.rejected'],
};

/** The column `schema_fingerprint`: the fingerprints of a decision's bodies, one after the other. */
export const fingerprintColumn = (outcome: Outcome, of: (type: EventType) => Buffer): Buffer =>
  Buffer.concat(TYPES_OF[outcome].map(of));

export const fingerprintsOf = (outcome: Outcome, column: Buffer): Fingerprints => {
  const types = TYPES_OF[outcome];
  const length = column.length / types.length;
  return Object.fromEntries(
    types.map((type, place) => [type, column.subarray(place * length, (place + 1) * length)]),
  );
};

/** The columns of `decision_event` that say what was forgotten in them. */
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
