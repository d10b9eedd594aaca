import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Deployment } from '../../../src/kafka/rights/rights.ts';
import { removeFromEnvFile, SECURED, writeToEnvFile } from '../env-file.ts';
import { stackFolder } from '../folders.ts';
import { createKafka } from '../kafka.ts';
import { createPostgres } from '../postgres.ts';
import type { Progress } from '../progress.ts';
import { createRegistry } from '../registry.ts';
import type { Server } from '../server.ts';
import type { Stack } from '../stack.ts';
import { addressesOf, kafkaAdmin, portsIn, type PortsOf } from './addresses.ts';
import { envFileOf, writeEnvFiles } from './env-files.ts';
import { grantInKafka, rightsIn } from './kafka-grants.ts';
import { grantInPostgres } from './postgres-grants.ts';
import { ACCOUNTS, BROKER, obtainSecrets, type Secrets, secretsFolder } from './secrets.ts';

const securedFolder = join(stackFolder, 'secure');

/** Whether this checkout has one, running or not. */
export const isSecuredStackThere = (): boolean => existsSync(securedFolder);

/**
 * The same servers as the open stack's, secured: TLS by a private authority, and each principal with the least rights that work. Only the
 * registry itself listens without TLS, behind its front.
 */
export const createSecuredStack = (progress: Progress): Stack => {
  const folder = securedFolder;
  const secrets = obtainSecrets(secretsFolder(folder));
  return {
    title: 'The secured stack',
    folder,
    servers: createServers(folder, secrets, progress),
    remains: [folder],
    settle: async (running) => {
      const ports: PortsOf = (name) => portsIn(running.get(name), name);
      const addresses = addressesOf(ports);
      await Promise.all([
        grantInKafka(kafkaAdmin(addresses, secrets), rightsIn(DEFAULT_DEPLOYMENT)),
        grantInPostgres(ports('postgres')[0], secrets),
      ]);
      writeEnvFiles(folder, ACCOUNTS, secrets, addresses);
      await writeToEnvFile(
        'secured',
        Object.fromEntries(
          ACCOUNTS.map((account) => [`${SECURED}${account.toUpperCase()}`, envFileOf(folder, account)]),
        ),
      );
      return `each principal's settings are in ${folder}: ${ACCOUNTS.map((account) => `${account}.env`).join(', ')}`;
    },
    retract: () => removeFromEnvFile('secured'),
  };
};

const createServers = (folder: string, secrets: Secrets, progress: Progress): readonly Server[] => [
  createKafka({
    folder: join(folder, 'kafka'),
    progress,
    usualPorts: [9094, 9095, 9096],
    heap: '512m',
    security: {
      keyStore: secrets.keyStoreFile(BROKER),
      trustStore: secrets.caFile,
      superUsers: [BROKER, 'admin'],
      users: ACCOUNTS.map((name) => ({ name, password: secrets.password(name, 'kafka') })),
      probe: {
        name: 'admin',
        password: secrets.password('admin', 'kafka'),
        ca: readFileSync(secrets.caFile, 'utf8'),
      },
    },
  }),
  createRegistry({
    folder: join(folder, 'registry'),
    progress,
    atRestart: 'kept',
    usualPorts: [8443, 8444],
    security: {
      ca: secrets.caFile,
      certificate: secrets.certificateFile('registry'),
      key: secrets.keyFile('registry'),
      users: ACCOUNTS.map((name) => ({
        name,
        passwordFile: secrets.passwordFile(name, 'registry'),
        may: name === 'admin' || name === 'owner' ? 'write' : 'read',
      })),
      probe: { name: 'admin', password: secrets.password('admin', 'registry') },
    },
  }),
  createPostgres({
    folder: join(folder, 'postgres'),
    progress,
    usualPorts: [5433],
    security: {
      ca: secrets.caFile,
      certificate: secrets.certificateFile('postgres'),
      key: secrets.keyFile('postgres'),
      superuser: { user: 'admin', password: secrets.password('admin', 'database') },
    },
  }),
];

/** With default settings. */
const DEFAULT_DEPLOYMENT: Deployment = {
  prefix: '',
  groupId: 'runclose',
  subscriberGroups: { upstream: 'upstream', downstream: 'downstream' },
};
