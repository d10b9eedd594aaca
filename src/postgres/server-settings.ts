import { Failure } from '../processor/failure.ts';

/** How a connection is encrypted. Certificates and the key are PEM. */
export type Tls = {
  /** `require` trusts every certificate, `verify-ca` any of the authority, `verify-full` one of the authority for this host. */
  readonly mode: 'disable' | 'require' | 'verify-ca' | 'verify-full';
  /** The authority; Node's public ones unless given. */
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly passphrase?: string;
};

export type ServerSettings = {
  /** Without parameters of TLS. */
  readonly url: string;
  /** Replaces the password in the URL. */
  readonly password?: string;
  /** Not encrypted unless given. */
  readonly tls?: Tls;
};

export type PostgresSettings = ServerSettings & { readonly poolSize: number };

/** A function is called before each new connection, because passwords and certificates are renewed while the program runs. */
export type Source<Settings> = Settings | (() => Settings);

/** While `serve` runs, it waits if they cannot be read: a secret's file may be missing while it is replaced. */
export const settingsOf = <Settings extends ServerSettings>(source: Source<Settings>): Settings => {
  if (typeof source !== 'function') return source;
  try {
    return source();
  } catch (cause) {
    if (!(cause instanceof Failure)) throw cause;
    throw new Failure(cause.kind, cause.code, cause.message, { cause, isLoginRefused: true });
  }
};
