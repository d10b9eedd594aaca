import type { IncomingMessage } from 'node:http';

/** More than any answer of an HTTP server that this program uses. */
const MOST_BYTES = 16 * 1_048_576;

/** The answer's text. Rejects if it is longer than any real answer: a hostile server must not fill the memory. */
export const limitedText = async (response: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MOST_BYTES) throw new Error(`the answer has more than ${String(MOST_BYTES)} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
};
