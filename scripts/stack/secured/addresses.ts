import { readFileSync } from 'node:fs';
import type { RunRecord } from '../run-record.ts';
import type { Ports, Server } from '../server.ts';
import type { KafkaAccess } from './kafka-grants.ts';
import type { Secrets } from './secrets.ts';

export type SecuredAddresses = {
  /** The addresses for logins with a password and with a certificate. */
  readonly kafka: { readonly byPassword: string; readonly byCertificate: string };
  readonly registry: string;
  /** host:port */
  readonly postgres: string;
};

export type PortsOf = (name: Server['name']) => Ports;

export const portsIn = (record: RunRecord | undefined, name: Server['name']): Ports => {
  if (record?.process === undefined)
    throw new Error(`${name} of the secured stack is not running: npm run stack -- up --secure`);
  return record.ports;
};

export const addressesOf = (portsOf: PortsOf): SecuredAddresses => {
  const [byPassword, , byCertificate = byPassword + 2] = portsOf('kafka');
  return {
    kafka: { byPassword: `127.0.0.1:${byPassword}`, byCertificate: `127.0.0.1:${byCertificate}` },
    registry: `https://127.0.0.1:${portsOf('registry')[0]}/apis/ccompat/v7`,
    postgres: `127.0.0.1:${portsOf('postgres')[0]}`,
  };
};

/** The login of a super user. */
export const kafkaAdmin = ({ kafka }: SecuredAddresses, secrets: Secrets): KafkaAccess => ({
  brokers: [kafka.byPassword],
  ca: readFileSync(secrets.caFile, 'utf8'),
  name: 'admin',
  password: secrets.password('admin', 'kafka'),
});
