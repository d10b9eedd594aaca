import type { Bodies } from './ports/decision-store.ts';
import { sha256 } from './sha256.ts';

/** SHA-256 of a decision's bodies. Each tells its own end, so one hash over all of them is as good as one each. */
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

// Kept from call to call: a buffer each time is more work for the garbage collector than the hash is for the processor.
let room = Buffer.allocUnsafeSlow(16 * 1024);
