/** Looks at the certificates that a server shows, without trusting them. So an expired one can be named, although no connection works. */
import { connect, isIP, type Socket } from 'node:net';
import { connect as secure, type DetailedPeerCertificate, type TLSSocket } from 'node:tls';
import type { TlsTexts } from './tls-settings.ts';

export type TlsServer = {
  readonly host: string;
  readonly port: number;
  /** Postgres speaks TLS only after a request in its own protocol. */
  readonly protocol: 'tls' | 'postgres';
};

export type ServerCertificate = {
  /** Whose certificate expires first: the server's own, or an authority's in its chain. */
  readonly subject: string;
  /** Milliseconds since 1970. */
  readonly validTo: number;
};

const PATIENCE_MS = 5_000;

/** Null if nothing answers, or if the server speaks no TLS. Never rejects. */
export const fetchServerCertificate = async (
  server: TlsServer,
  { cert, key, passphrase }: TlsTexts,
): Promise<ServerCertificate | null> => {
  const socket = connect(server.port, server.host);
  try {
    return await Promise.race([shownBy(socket, server, { cert, key, passphrase }), failed(socket)]);
  } catch {
    return null;
  } finally {
    socket.destroy();
  }
};

type Login = { readonly [Part in 'cert' | 'key' | 'passphrase']: string | undefined };

const failed = (socket: Socket): Promise<never> =>
  new Promise((_, reject) => {
    socket.setTimeout(PATIENCE_MS, () => reject(new Error('no answer')));
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('closed')));
  });

/** Length 8 and the code 1234.5679. */
const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]);

const shownBy = async (
  socket: Socket,
  { host, protocol }: TlsServer,
  login: Login,
): Promise<ServerCertificate | null> => {
  await happens(socket, 'connect');
  if (protocol === 'postgres') {
    socket.write(SSL_REQUEST);
    const [answer] = (await happens(socket, 'data')) as [Buffer];
    if (answer.toString() !== 'S') return null;
  }
  const peer: TLSSocket = secure({
    socket,
    rejectUnauthorized: false,
    ...(isIP(host) === 0 && { servername: host }),
    ...(protocol === 'postgres' && { ALPNProtocols: ['postgresql'] }),
    ...(login.cert !== undefined && login),
  });
  try {
    await happens(peer, 'secureConnect');
    return firstToExpire(peer.getPeerCertificate(true));
  } finally {
    peer.destroy();
  }
};

const happens = (socket: Socket, event: string): Promise<unknown[]> =>
  new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.once(event, (...facts: unknown[]) => resolve(facts));
  });

const firstToExpire = (own: Partial<DetailedPeerCertificate>): ServerCertificate | null => {
  const chain: ServerCertificate[] = [];
  const seen = new Set<unknown>();
  for (
    let it: Partial<DetailedPeerCertificate> | undefined = own;
    it?.valid_to && !seen.has(it.fingerprint256);
  ) {
    seen.add(it.fingerprint256);
    const subject = Object.entries(it.subject ?? {}).map(([name, value]) => `${name}=${String(value)}`);
    chain.push({ subject: subject.join(', '), validTo: Date.parse(it.valid_to) });
    it = it.issuerCertificate;
  }
  return chain.toSorted((one, other) => one.validTo - other.validTo)[0] ?? null;
};
