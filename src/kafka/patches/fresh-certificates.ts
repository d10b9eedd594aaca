import type { CertificateSource } from './certificate-source.ts';
import type { Patch } from './patch.ts';

type Connection = { ssl: object | null; isConnected(): boolean; connect(): Promise<unknown> };

const sources = new WeakMap<Connection, CertificateSource>();

/**
 * kafkajs reads certificates only once. With this patch, it calls the source of certificates before each connection, so that files can be
 * renewed while the process runs.
 */
export const freshCertificates: Patch = {
  module: 'network/connection.js',
  apply: (connection: { prototype: Connection }) => {
    const connect = Reflect.get(connection.prototype, 'connect');
    connection.prototype.connect = async function (this: Connection) {
      if (isSource(this.ssl)) sources.set(this, this.ssl);
      const source = sources.get(this);
      if (source !== undefined && !this.isConnected()) this.ssl = await source.current();
      return connect.call(this);
    };
    return connection;
  },
};

const isSource = (ssl: object | null): ssl is CertificateSource => ssl !== null && 'current' in ssl;
