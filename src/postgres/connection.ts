import { parseIntoClientConfig } from 'pg-connection-string';
import type { ClientConfig } from 'pg';
import { loginFailure } from './login-failures.ts';
import { type ServerSettings, currentSettings, type Source, type Tls } from './server-settings.ts';
import { optionsOf, type SessionSettings, TIME_BUDGETS } from './session-settings.ts';

/** How to open one connection. */
export type Dialling = {
  readonly config: ClientConfig;
  /** Says which setting to change if the connection is refused. */
  readonly explain: (error: unknown) => unknown;
};

/** @param name shown by `pg_stat_activity` */
export const dial = (source: Source<ServerSettings>, name: string, session: SessionSettings): Dialling => {
  const settings = currentSettings(source);
  return {
    config: connectionTo(settings, name, optionsOf(session)),
    explain: (error) => loginFailure(error, settings),
  };
};

/** The settings with which `pg` reaches the server, including others in the URL (`options`, a socket's folder). */
export const connectionTo = (
  { url, password, tls }: ServerSettings,
  applicationName: string,
  options = '',
): ClientConfig => {
  const fromUrl = parseIntoClientConfig(url);
  return {
    ...fromUrl,
    ...(password === undefined ? {} : { password }),
    application_name: applicationName,
    connectionTimeoutMillis: TIME_BUDGETS.connection,
    keepAlive: true,
    // The last value of an option counts, so the URL cannot lengthen a time budget.
    options: [fromUrl.options, options].filter(Boolean).join(' '),
    ssl: sslOf(tls),
  };
};

const sslOf = (tls: Tls | undefined): ClientConfig['ssl'] => {
  if (tls === undefined) return false;
  const { mode, ...files } = tls;
  switch (mode) {
    case 'disable':
      return false;
    case 'require':
      return { ...files, rejectUnauthorized: false };
    case 'verify-ca':
      return { ...files, checkServerIdentity: () => undefined };
    case 'verify-full':
      return files;
  }
};
