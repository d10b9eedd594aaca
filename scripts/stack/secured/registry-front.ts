/**
 * A front before the registry: TLS, basic authentication, and rights. It starts the registry and ends with it.
 *
 * Readers may GET, and look up a schema by POST on `/subjects/<subject>`. Passwords are read from their files for each request, so they can
 * be changed while it runs.
 */
import { spawn } from 'node:child_process';
import { timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type IncomingMessage, request, type ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import { guardProcess } from '../process-guard.ts';
import type { Launch } from '../server.ts';

export type FrontSettings = {
  readonly port: number;
  readonly innerPort: number;
  /** PEM files. */
  readonly certificate: string;
  readonly key: string;
  readonly users: readonly FrontUser[];
  readonly launch: Launch;
};

type FrontUser = {
  readonly name: string;
  readonly passwordFile: string;
  readonly may: 'read' | 'write';
};

const HOST = '127.0.0.1';
const LOOK_UP = /\/subjects\/[^/]+\/?$/;

const settings = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as FrontSettings;

const userOf = ({ headers }: IncomingMessage): FrontUser | undefined => {
  const [, encoded = ''] = /^Basic (\S+)$/i.exec(headers.authorization ?? '') ?? [];
  const given = Buffer.from(encoded, 'base64');
  return settings.users.find(({ name, passwordFile }) => {
    const expected = Buffer.from(`${name}:${readFileSync(passwordFile, 'utf8').trim()}`);
    return expected.length === given.length && timingSafeEqual(expected, given);
  });
};

const mayDo = ({ may }: FrontUser, { method = '', url = '' }: IncomingMessage): boolean =>
  may === 'write' || method === 'GET' || (method === 'POST' && LOOK_UP.test(url.split('?')[0] ?? ''));

const refuse = (response: ServerResponse, status: 401 | 403, message: string): void => {
  response.writeHead(status, {
    'content-type': 'application/json',
    connection: 'close',
    ...(status === 401 ? { 'www-authenticate': 'Basic realm="schema registry"' } : {}),
  });
  response.end(JSON.stringify({ error_code: status, message }));
};

const passOn = (incoming: IncomingMessage, response: ServerResponse): void => {
  const { method, url: path, headers } = incoming;
  const { authorization: _, ...passed } = headers;
  const inner = request({ host: HOST, port: settings.innerPort, method, path, headers: passed }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  });
  inner.on('error', () => {
    if (response.headersSent) response.destroy();
    else response.writeHead(502).end();
  });
  incoming.pipe(inner);
};

const { command, args, cwd } = settings.launch;
const registry = spawn(command, args, { cwd, stdio: ['ignore', 'inherit', 'inherit'] });
const guard = guardProcess(registry.pid ?? 0);
registry.once('exit', (code) => {
  guard.dismiss();
  process.exit(code ?? 1);
});
process.on('SIGTERM', () => registry.kill('SIGTERM'));

const tls = { cert: readFileSync(settings.certificate), key: readFileSync(settings.key) };
createServer(tls, (incoming, response) => {
  const user = userOf(incoming);
  if (user === undefined) refuse(response, 401, 'Unauthorized');
  else if (!mayDo(user, incoming)) refuse(response, 403, `User ${user.name} may not change schemas`);
  else passOn(incoming, response);
}).listen(settings.port, HOST);
