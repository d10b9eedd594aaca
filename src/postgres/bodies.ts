import { z } from 'zod';
import type { Bodies } from '../processor/ports.ts';

const body = z.instanceof(Buffer).nullable();

/** The columns of `decision_event` that hold bodies. */
export const bodiesRow = z.object({ closed: body, summary: body, rejected: body });

export const bodiesOf = ({ closed, summary, rejected }: z.infer<typeof bodiesRow>): Bodies => ({
  ...(closed === null ? {} : { 'run.closed': closed }),
  ...(summary === null ? {} : { 'run.summary': summary }),
  ...(rejected === null ? {} : { 'run.close.rejected': rejected }),
});
