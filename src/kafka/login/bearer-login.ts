import type { Authentication } from '../patches/kafkajs-internals.ts';
import { createErrorFromCode } from '../patches/kafkajs.ts';

const SASL_AUTHENTICATION_FAILED = 58;

/**
 * A login with a token (RFC 7628). A broker that refuses a token first sends a challenge with the reason, and an error only after the
 * client has answered the challenge. kafkajs ignores the challenge: a refused token seems accepted, and then the broker closes the
 * connection.
 */
export const bearerLogin = async (token: string, { saslAuthenticate }: Authentication): Promise<void> => {
  const challenge = await saslAuthenticate(step(`n,,\u0001auth=Bearer ${token}\u0001\u0001`));
  if (challenge.length === 0) return;
  await saslAuthenticate(step('\u0001'));
  throw createErrorFromCode(SASL_AUTHENTICATION_FAILED);
};

const LENGTH_BYTES = 4;

/** Both messages start with their length. */
const step = (text: string) => ({
  request: {
    encode: () => {
      const bytes = Buffer.from(text);
      const length = Buffer.alloc(LENGTH_BYTES);
      length.writeInt32BE(bytes.length);
      return Promise.resolve(Buffer.concat([length, bytes]));
    },
  },
  response: {
    decode: (answer: Buffer) => Promise.resolve(answer.subarray(LENGTH_BYTES)),
    parse: (challenge: Buffer) => Promise.resolve(challenge),
  },
});
