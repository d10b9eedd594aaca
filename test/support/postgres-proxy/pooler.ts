import { once } from 'node:events';
import { HERE, startTcpProxy, type Carrier, type TcpProxy } from '../proxy/tcp-proxy.ts';

/** How PgBouncer treats the `options` of a startup message: without and with `ignore_startup_parameters = options`. */
export type Manner = 'refuses options' | 'drops options';

/** Starts a proxy that treats the start of a connection as PgBouncer does. No TLS. */
export const startPooler = async (
  databaseUrl: string,
  manner: Manner,
): Promise<Pick<TcpProxy, 'close'> & { readonly url: string }> => {
  const url = new URL(databaseUrl);
  const carry: Carrier = (client, server) => {
    client.once('data', (startup: Buffer) => {
      const parameters = parametersOf(startup);
      const hasOptions = parameters.delete('options');
      if (hasOptions && manner === 'refuses options') {
        client.end(REFUSAL);
        return;
      }
      server.write(startupOf(parameters));
      client.on('data', (chunk) => server.write(chunk));
    });
    server.on('data', (chunk) => client.write(chunk));
    void once(client, 'close').then(() => server.destroy());
    void once(server, 'close').then(() => client.destroy());
  };
  const proxy = await startTcpProxy({ host: url.hostname, port: Number(url.port || 5432) }, { carry });
  [url.hostname, url.port] = [HERE, String(proxy.port)];
  return { url: url.href, close: () => proxy.close() };
};

/** The parameters stand behind length and protocol version: names and values in turn, each ended by a zero byte. */
const parametersOf = (startup: Buffer): Map<string, string> => {
  const words = startup.subarray(8).toString().split('\0');
  const parameters = new Map<string, string>();
  for (let at = 0; at + 1 < words.length && words[at] !== ''; at += 2)
    parameters.set(words[at]!, words[at + 1]!);
  return parameters;
};

const PROTOCOL_VERSION = 196_608;

const startupOf = (parameters: ReadonlyMap<string, string>): Buffer => {
  const body = Buffer.from(`${[...parameters].flat().join('\0')}\0\0`);
  const header = Buffer.alloc(8);
  header.writeInt32BE(header.length + body.length, 0);
  header.writeInt32BE(PROTOCOL_VERSION, 4);
  return Buffer.concat([header, body]);
};

const refusal = Buffer.from('SFATAL\0C08P01\0Munsupported startup parameter: options\0\0');
const length = Buffer.alloc(4);
length.writeInt32BE(4 + refusal.length);
const REFUSAL = Buffer.concat([Buffer.from('E'), length, refusal]);
