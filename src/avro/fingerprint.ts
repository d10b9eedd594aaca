import type { Type } from 'avsc';
import { FINGERPRINT_BYTES } from '../processor/fingerprint-bytes.ts';

/** Identifies a schema among those of its subject. */
export const fingerprintOf = (type: Type): Buffer =>
  type.fingerprint('sha256').subarray(0, FINGERPRINT_BYTES);
