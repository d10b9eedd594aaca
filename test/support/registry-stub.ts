import { once } from 'node:events';
import { createServer, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** The registry's behaviour: `away` refuses connections, `hung` never answers, a number is the status of every answer. */
export type RegistryMood = 'well' | 'away' | 'hung' | 'slow' | 500 | 404;

/** A registry that stands in front of the real one and forwards, unless it is in another mood. */
export type RegistryStub = {
  readonly url: string;
  be(mood: RegistryMood): void;
  /** From now on, requires this password of the user `app`, and answers other requests in HTML, as a gateway does. */
  want(password: string): void;
  /** Acts like a registry that has lost its data and gives other ids: the real ids plus `by`. */
  shiftIds(amount: number): void;
  /** How many requests came since the mood last changed. */
  requests(): number;
  close(): Promise<void>;
};

const SLOW_MS = 2_000;

export const createRegistryStub = async (realUrl: string): Promise<RegistryStub> => {
  const real = new URL(realUrl);
  let mood: RegistryMood = 'well';
  let requiredLogin: string | undefined;
  let idShift = 0;
  let requests = 0;

  const forward = (method: string, path: string, body: Buffer, answer: ServerResponse): void => {
    // Former ids are unknown now.
    const [, id] = /\/schemas\/ids\/(\d+)$/.exec(path) ?? [];
    const realPath = id === undefined ? path : path.replace(/\d+$/, String(Number(id) - idShift));
    const headers = { 'content-type': 'application/vnd.schemaregistry.v1+json' };
    const realRequest = request(new URL(realPath, real.origin), { method, headers }, (realAnswer) => {
      const chunks: Buffer[] = [];
      realAnswer.on('data', (chunk: Buffer) => chunks.push(chunk));
      realAnswer.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        answer.writeHead(realAnswer.statusCode ?? 502, headers);
        answer.end(
          text.replace(/"id":(\d+)/, (_, given: string) => `"id":${String(Number(given) + idShift)}`),
        );
      });
    });
    realRequest.on('error', () => answer.destroy());
    realRequest.end(body);
  };

  const server = createServer((question, answer) => {
    const chunks: Buffer[] = [];
    question.on('data', (chunk: Buffer) => chunks.push(chunk));
    question.on('end', () => {
      requests += 1;
      if (requiredLogin !== undefined && question.headers.authorization !== requiredLogin) {
        answer.writeHead(401, { 'content-type': 'text/html' }).end('<h1>Who are you?</h1>');
        return;
      }
      const go = (): void => {
        forward(question.method ?? 'GET', question.url ?? '/', Buffer.concat(chunks), answer);
      };
      switch (mood) {
        case 'well':
          go();
          break;
        case 'away':
          answer.destroy();
          break;
        case 'hung':
          break;
        case 'slow':
          setTimeout(go, SLOW_MS);
          break;
        case 500:
        case 404:
          answer.writeHead(mood, { 'content-type': 'text/html' });
          answer.end('<h1>A proxy answers for the registry</h1>');
          break;
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;

  return {
    url: `http://127.0.0.1:${String(port)}${real.pathname}`,
    be: (next) => {
      mood = next;
      requests = 0;
    },
    want: (password) => {
      requiredLogin = `Basic ${Buffer.from(`app:${password}`).toString('base64')}`;
    },
    shiftIds: (amount) => {
      idShift = amount;
    },
    requests: () => requests,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
};
