/** How much of a schema's SHA-256 is kept: enough to tell the few schemas of a type apart. Each decision stores two fingerprints. */
export const FINGERPRINT_BYTES = 8;
