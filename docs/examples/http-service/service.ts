import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { Failure, PublishFailure } from 'runclose';
import type { CloseResult, CommandInput, RunClosePublisher } from 'runclose';

type Answer = { readonly status: number; readonly body: Readonly<Record<string, unknown>> };
type Deps = { readonly publisher: Pick<RunClosePublisher, 'closeAndWait'>; readonly timeout: number };

const MAX_BYTES = 1_000_000;

/** `POST /runs` with a command as its body answers who goes. The header `Idempotency-Key` is the command's id. */
export const createService = (deps: Deps): Server =>
  createServer((request, response) => {
    void answerTo(deps, request, response).then(({ status, body }) => {
      if (response.destroyed) return;
      const headers = {
        'content-type': 'application/json',
        ...(status === 202 ? { 'retry-after': '5' } : {}),
      };
      response.writeHead(status, headers).end(JSON.stringify(body));
    });
  });

const answerTo = async (deps: Deps, request: IncomingMessage, response: ServerResponse): Promise<Answer> => {
  if (request.method !== 'POST' || request.url !== '/runs') return refused(404, 'POST /runs');
  const commandId = request.headers['idempotency-key'];
  if (typeof commandId !== 'string')
    return refused(400, 'send an Idempotency-Key: the same one if you repeat');
  if (!(Number(request.headers['content-length']) <= MAX_BYTES)) return refused(413, 'at most 1 MB');
  // If the client goes away, nobody needs the answer any more. A command that was sent is decided all the same.
  const gone = new AbortController();
  response.once('close', () => {
    gone.abort();
  });
  try {
    // A real service takes `actorUserId` from its login, not from the body. The publisher checks every field.
    const run = JSON.parse(await text(request)) as CommandInput;
    const { timeout } = deps;
    return said(await deps.publisher.closeAndWait({ ...run, commandId }, { timeout, signal: gone.signal }));
  } catch (error) {
    if (error instanceof SyntaxError) return refused(400, 'the body is not JSON');
    // Kafka or the registry is away: the same request, repeated with the same key, counts once.
    if (error instanceof PublishFailure) return refused(503, error.message);
    if (error instanceof Failure && INVALID.has(error.code)) return refused(400, error.message);
    return refused(500, 'unexpected error');
  }
};

const INVALID = new Set(['WRONG_USE', 'INVALID_COMMAND']);

const refused = (status: number, error: string): Answer => ({ status, body: { error } });

const said = (result: CloseResult): Answer => {
  // A repeated request gets the answer of the first one.
  const outcome = result.outcome === 'duplicate' ? result.first : result;
  switch (outcome?.outcome) {
    case 'closed': {
      const { runner, fairness } = outcome.event;
      return { status: 200, body: { runner: runner.userId, why: fairness.explanation } };
    }
    case 'rejected':
      return { status: 409, body: { reason: outcome.event.reason, error: outcome.event.message } };
    case 'dead-letter':
      return refused(500, outcome.message);
    case 'timeout':
      return { status: 202, body: { message: outcome.message } };
    case undefined:
      return refused(410, 'closed long ago: its outcome is no longer in the topics');
  }
};
