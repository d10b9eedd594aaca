import type { Bodies } from './ports/decision-store.ts';
import { sha256 } from './sha256.ts';

/** SHA-256 of a decision's bodies. Each tells its own end, so one hash over all of them is as good as one each. */
export const bodyHash = (bodies: Bodies): Buffer => {
  const present = [bodies['run.closed'], bodies['run.summary'], bodies['run.close.rejected']].filter(
    (body) => body !== undefined,
  );
  return sha256(Buffer.concat(present));
};
