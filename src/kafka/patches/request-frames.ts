import type { Patch } from './patch.ts';

type Request = {
  readonly correlationId: number;
  readonly clientId: string;
  readonly request: {
    readonly apiKey: number;
    readonly apiVersion: number;
    /** May leave `room` bytes free before the request, and says so; kafkajs's own requests do not. */
    readonly encode: (room: number) => Promise<{ readonly buffer: Buffer; readonly room?: number }>;
  };
};

/** The length of the frame, the API's key and version, the correlation id, and the length of the client id. */
const FIXED_HEADER_BYTES = 14;

/**
 * kafkajs copies each request twice to append it to its header, into buffers that grow and are filled with zeros first. This patch writes
 * header and request into one buffer of the right size. A Produce request leaves room for its header, so it is not copied again, which
 * saves 1 µs of CPU a command.
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
  const clientIdBytes = Buffer.byteLength(clientId);
  const room = FIXED_HEADER_BYTES + clientIdBytes;
  const body = await encode(room);
  const buffer = body.room === room ? body.buffer : Buffer.allocUnsafe(room + body.buffer.length);
  buffer.writeInt32BE(buffer.length - 4, 0);
  buffer.writeInt16BE(apiKey, 4);
  buffer.writeInt16BE(apiVersion, 6);
  buffer.writeInt32BE(correlationId, 8);
  buffer.writeInt16BE(clientIdBytes, 12);
  buffer.write(clientId, FIXED_HEADER_BYTES);
  if (buffer !== body.buffer) body.buffer.copy(buffer, room);
  return { buffer };
};
