import type { Broker } from '../patches/kafkajs-internals.ts';
import { NO_TAGS, readAnswer, type FlexibleReader } from '../protocol/flexible-fields.ts';

/** A request of the protocol that kafkajs does not know. */
export type FlexibleRequest<T> = {
  readonly apiKey: number;
  readonly apiVersion: number;
  readonly apiName: string;
  readonly body: Buffer;
  readonly read: (answer: FlexibleReader) => T;
};

/** True if the broker said at connecting that it knows this version of the request. */
export const supports = (
  { versions }: Pick<Broker, 'versions'>,
  { apiKey, apiVersion }: Pick<FlexibleRequest<unknown>, 'apiKey' | 'apiVersion'>,
): boolean => {
  const known = versions?.[apiKey];
  return known !== undefined && known.minVersion <= apiVersion && apiVersion <= known.maxVersion;
};

/**
 * Sends the request on the broker's own connection. kafkajs writes the header without the tagged fields at its end, so they go before the
 * body.
 */
export const sendFlexible = <T>(
  { connectionPool }: Pick<Broker, 'connectionPool'>,
  { body, read, ...request }: FlexibleRequest<T>,
): Promise<T> => {
  const buffer = Buffer.concat([NO_TAGS, body]);
  return connectionPool.send({
    request: { ...request, encode: () => Promise.resolve({ buffer }) },
    response: {
      decode: (answer: Buffer) => Promise.resolve(read(readAnswer(answer))),
      parse: (decoded: T) => Promise.resolve(decoded),
    },
    logResponseError: false,
  }) as Promise<T>;
};
