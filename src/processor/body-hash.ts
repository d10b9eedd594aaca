import { createJoin } from '../wire/joined-bytes.ts';
import type { Bodies } from './ports/decision-store.ts';
import { sha256 } from './sha256.ts';

const join = createJoin();

/** SHA-256 over all bodies of a decision. Each body marks its own end, so one hash over all bodies is as good as one hash each. */
export const bodyHash = (bodies: Bodies): Buffer =>
  sha256(
    join(
      [bodies['run.closed'], bodies['run.summary'], bodies['run.close.rejected']].filter(
        (body) => body !== undefined,
      ),
    ),
  );
