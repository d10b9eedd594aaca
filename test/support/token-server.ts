import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export type TokenRequest = {
  readonly authorization: string;
  readonly form: Readonly<Record<string, string>>;
};

/** The endpoint's answer: a status and a body, or no answer at all. */
export type TokenReply = { readonly status: number; readonly body: unknown } | 'cut';

/** A small OAuth token endpoint, on plain HTTP. */
export type TokenServer = {
  readonly url: string;
  readonly requests: readonly TokenRequest[];
  reply(with_: TokenReply | (() => TokenReply)): void;
  close(): Promise<void>;
};

export const startTokenServer = async (): Promise<TokenServer> => {
  const requests: TokenRequest[] = [];
  let reply: () => TokenReply = () => ({ status: 500, body: {} });
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      requests.push({
        authorization: request.headers.authorization ?? '',
        form: Object.fromEntries(new URLSearchParams(body)),
      });
      const answer = reply();
      if (answer === 'cut') {
        response.destroy();
        return;
      }
      response.writeHead(answer.status, { 'content-type': 'application/json' });
      response.end(typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${String(port)}/oauth2/token`,
    requests,
    reply: (next) => {
      reply = typeof next === 'function' ? next : () => next;
    },
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
};
