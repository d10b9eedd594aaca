import type { Bodies } from './ports/decision-store.ts';
import { sha256 } from './sha256.ts';

/** SHA-256 over all bodies of a decision. Each body marks its own end, so one hash over all bodies is as good as one hash each. */
export const bodyHash = (bodies: Bodies): Buffer => {
  let end = 0;
  for (const body of [bodies['run.closed'], bodies['run.summary'], bodies['run.close.rejected']]) {
    if (body === undefined) continue;
    if (end + body.length > room.length)
      room = Buffer.concat([room.subarray(0, end)], 2 * (end + body.length));
    end += body.copy(room, end);
  }
  return sha256(room.subarray(0, end));
};

// Reused by all calls: a new buffer per call would cost more in garbage collection than the hash itself costs.
let room = Buffer.allocUnsafeSlow(16 * 1024);
