import { Failure } from '../processor/failure.ts';

/** How a connection is encrypted. Certificates and the key are PEM. */
export type Tls = {
  /** `require` trusts every certificate, `verify-ca` every certificate of the authority, `verify-full` only those for this host. */
  readonly mode: 'disable' | 'require' | 'verify-ca' | 'verify-full';
  /** The authority. Without it, Node's public authorities count. */
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly passphrase?: string;
};

export type ServerSettings = {
  /** Without TLS parameters. */
  readonly url: string;
  /** Replaces the password in the URL. */
  readonly password?: string;
  /** Without it, the connection is not encrypted. */
  readonly tls?: Tls;
};

export type PostgresSettings = ServerSettings & { readonly poolSize: number };

/** A function is called before each new connection, because passwords and certificates are renewed while the program runs. */
export type Source<Settings> = Settings | (() => Settings);

/** A failure counts as a refused login, so that a running `serve` waits: a secret's file may be missing while somebody replaces it. */
export const currentSettings = <Settings extends ServerSettings>(source: Source<Settings>): Settings => {
  if (typeof source !== 'function') return source;
  try {
    return source();
  } catch (cause) {
    if (!(cause instanceof Failure)) throw cause;
    throw new Failure(cause.kind, cause.code, cause.message, { cause, isLoginRefused: true });
  }
};
