import { hash } from 'node:crypto';

/**
 * SHA-256. Goes through base64: if asked for a buffer, Node allocates it outside its pool, which takes twice as long and burdens the
 * garbage collector.
 */
export const sha256 = (data: string | Buffer): Buffer =>
  Buffer.from(hash('sha256', data, 'base64'), 'base64');
