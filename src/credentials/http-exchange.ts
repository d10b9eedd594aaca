/**
 * One HTTP request and its whole answer. Opens a new connection for each request: requests are rare, and a kept connection would turn out
 * to be dead just when the server is back after an outage.
 */
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest, type RequestOptions } from 'node:https';

export type HttpRequest = RequestOptions & {
  /** For the request and its whole answer. */
  readonly timeoutMs: number;
  readonly body?: string | undefined;
  /** The most bytes that an answer may have. The default, 16 MiB, is more than any expected answer. */
  readonly mostBytes?: number;
};

export type HttpAnswer = { readonly status: number; readonly text: string };

/** Rejects with Node's error, or with an error of the code `ERR_ANSWER_TOO_LONG`. `networkProblem` puts both into words. */
export const exchange = (
  url: URL,
  { timeoutMs, body, mostBytes = 16 * 1_048_576, ...options }: HttpRequest,
): Promise<HttpAnswer> =>
  new Promise((resolve, reject) => {
    const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
    const signal = AbortSignal.timeout(timeoutMs);
    const request = send(url, { ...options, agent: false, signal }, (response) => {
      textOf(response, mostBytes).then((text) => {
        resolve({ status: response.statusCode ?? 0, text });
      }, reject);
    });
    request.on('error', reject);
    request.end(body);
  });

/** @param time the timeout in words, for the message */
export const networkProblem = (error: unknown, time: string): string => {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'AbortError' || error.name === 'TimeoutError') return `no answer within ${time}`;
  // A refused connection to a name with several addresses is an AggregateError, whose message is empty.
  return error.message === '' && 'code' in error ? String(error.code) : error.message;
};

/** Rejects if the answer is too long: a hostile server must not fill the memory. */
const textOf = async (response: IncomingMessage, mostBytes: number): Promise<string> => {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > mostBytes) {
      const error = new Error(`the answer has more than ${String(mostBytes)} bytes`);
      throw Object.assign(error, { code: 'ERR_ANSWER_TOO_LONG' });
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
};
