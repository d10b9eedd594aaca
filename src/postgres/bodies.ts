import { z } from 'zod';
import type { Bodies } from '../processor/ports.ts';
import type { Forgotten } from '../replay/ports.ts';

const body = z.instanceof(Buffer).nullable();

/** The columns of `decision_event` that hold bodies. */
export const bodiesRow = z.object({ closed: body, summary: body, rejected: body });

export const bodiesOf = ({ closed, summary, rejected }: z.infer<typeof bodiesRow>): Bodies => ({
  ...(closed === null ? {} : { 'run.closed': closed }),
  ...(summary === null ? {} : { 'run.summary': summary }),
  ...(rejected === null ? {} : { 'run.close.rejected': rejected }),
});

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
