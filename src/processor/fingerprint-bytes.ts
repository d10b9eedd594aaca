/**
 * The length of a schema's fingerprint, cut from its SHA-256. Eight bytes tell the few schemas of an event type apart, and each decision
 * stores up to two fingerprints.
 */
export const FINGERPRINT_BYTES = 8;
