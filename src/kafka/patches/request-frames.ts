import type { Patch } from './patch.ts';

type Request = {
  readonly correlationId: number;
  readonly clientId: string;
  readonly request: {
    readonly apiKey: number;
    readonly apiVersion: number;
    readonly encode: () => Promise<{ readonly buffer: Buffer }>;
  };
};

const FIXED_BYTES = 14;

/**
 * kafkajs copies each request twice to append it to its header, into buffers that grow and are filled with zeros first. This patch writes
 * header and request into one buffer of the right size.
 */
export const requestFrames: Patch = {
  module: 'protocol/request.js',
  apply: () => frame,
};

const frame = async ({
  correlationId,
  clientId,
  request: { apiKey, apiVersion, encode },
}: Request): Promise<{ readonly buffer: Buffer }> => {
  const { buffer: body } = await encode();
  const length = Buffer.byteLength(clientId);
  const buffer = Buffer.allocUnsafe(FIXED_BYTES + length + body.length);
  buffer.writeInt32BE(buffer.length - 4, 0);
  buffer.writeInt16BE(apiKey, 4);
  buffer.writeInt16BE(apiVersion, 6);
  buffer.writeInt32BE(correlationId, 8);
  buffer.writeInt16BE(length, 12);
  buffer.write(clientId, FIXED_BYTES);
  body.copy(buffer, FIXED_BYTES + length);
  return { buffer };
};
