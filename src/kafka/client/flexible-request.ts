import type { Broker } from '../patches/kafkajs-internals.ts';
import { NO_TAGS, readAnswer, type FlexibleReader } from '../protocol/flexible-fields.ts';

/** A request of the protocol that kafkajs does not know. */
export type FlexibleRequest<T> = {
  readonly apiKey: number;
  readonly apiVersion: number;
  readonly apiName: string;
  readonly body: Buffer;
  /** True if the header of the answer ends without tagged fields, against the rule: only the answer to ApiVersions does. */
  readonly hasBareAnswer?: boolean;
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
 * body. It also reads a throttle time from each decoded answer, so what was read must be in an object: it may be null.
 */
export const sendFlexible = async <T>(
  { connectionPool }: Pick<Broker, 'connectionPool'>,
  { body, read, hasBareAnswer = false, ...request }: FlexibleRequest<T>,
): Promise<T> => {
  const buffer = Buffer.concat([NO_TAGS, body]);
  const decode = (answer: Buffer): { readonly content: T } => ({
    content: read(readAnswer(hasBareAnswer ? Buffer.concat([NO_TAGS, answer]) : answer)),
  });
  const decoded = (await connectionPool.send({
    request: { ...request, encode: () => Promise.resolve({ buffer }) },
    response: {
      decode: (answer: Buffer) => Promise.resolve(decode(answer)),
      parse: (answer: { readonly content: T }) => Promise.resolve(answer),
    },
    logResponseError: false,
  })) as { readonly content: T };
  return decoded.content;
};
