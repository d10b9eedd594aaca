import { parseIntoClientConfig } from 'pg-connection-string';
import type { ClientConfig } from 'pg';
import { TIME_BUDGETS } from './session-settings.ts';

export type PostgresSettings = {
  readonly url: string;
  /** PEM. Given, the server must show a certificate that it has signed. */
  readonly ca?: string;
  readonly poolSize: number;
};

/** What `pg` needs to reach the server; anything the URL says beyond that (`sslmode`, `options`, a socket's folder) counts too. */
export const connectionTo = (
  { url, ca }: Pick<PostgresSettings, 'url' | 'ca'>,
  applicationName: string,
  options = '',
): ClientConfig => {
  const fromUrl = parseIntoClientConfig(url);
  const ssl = fromUrl.ssl;
  return {
    ...fromUrl,
    application_name: applicationName,
    connectionTimeoutMillis: TIME_BUDGETS.connection,
    keepAlive: true,
    // The last word counts, so what the URL asks for cannot lengthen a budget.
    options: [fromUrl.options, options].filter(Boolean).join(' '),
    ...(ca === undefined ? {} : { ssl: { ...(typeof ssl === 'object' ? ssl : {}), ca } }),
  };
};
