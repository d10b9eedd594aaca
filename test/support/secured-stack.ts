import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { stackFolder } from '../../scripts/stack/folders.ts';
import { readRunRecord } from '../../scripts/stack/run-record.ts';
import {
  addressesOf,
  kafkaAdmin,
  portsIn,
  type SecuredAddresses,
} from '../../scripts/stack/secured/addresses.ts';
import { byCertificate, byPassword } from '../../scripts/stack/secured/env-files.ts';
import {
  grantInKafka,
  revokeInKafka,
  type Rights,
  rightsIn,
} from '../../scripts/stack/secured/kafka-grants.ts';
import { accessSql } from '../../scripts/stack/secured/postgres-grants.ts';
import {
  type Account,
  obtainSecrets,
  type Secrets,
  secretsFolder,
} from '../../scripts/stack/secured/secrets.ts';
import { createKafka } from '../../src/kafka/client/client.ts';
import { topicNames, type TopicNames } from '../../src/kafka/names/topic-names.ts';
import type { Deployment as RightsDeployment } from '../../src/kafka/rights/rights.ts';

type Environment = Readonly<Record<string, string>>;
type Row = Readonly<Record<string, unknown>>;

/** The secured stack that `npm test` provides. By hand, `npm run stack -- up --secure` does. */
export type SecuredStack = {
  readonly addresses: SecuredAddresses;
  readonly secrets: Secrets;
  /** The variables with which this account reaches the servers. */
  envOf(account: Account, login?: 'by password' | 'by certificate'): Environment;
  /** One statement as a super user. */
  query(text: string, database?: string): Promise<readonly Row[]>;
  queryAs(account: Account, text: string, database?: string): Promise<readonly Row[]>;
  grant(rights: Rights): Promise<void>;
  revoke(rights: Rights): Promise<void>;
  /** Names and a database that nobody else uses, with every principal's rights on them. `setup` has not run yet. */
  createDeployment(): Promise<SecuredDeployment>;
};

export type SecuredDeployment = {
  readonly names: TopicNames;
  /** The deployment to which the rights belong. */
  readonly rights: RightsDeployment;
  readonly database: string;
  envOf(account: Account, login?: 'by password' | 'by certificate'): Environment;
  remove(): Promise<void>;
};

export const findSecuredStack = (): SecuredStack => {
  const folder = process.env['SECURED_STACK'] ?? join(stackFolder, 'secure');
  if (!existsSync(secretsFolder(folder)))
    throw new Error(`there is no secured stack in ${folder}: npm run stack -- up --secure`);
  const secrets = obtainSecrets(secretsFolder(folder));
  const addresses = addressesOf((name) => portsIn(readRunRecord({ folder }, { name }), name));
  const admin = kafkaAdmin(addresses, secrets);

  const stack: SecuredStack = {
    addresses,
    secrets,
    envOf: (account, login = 'by password') =>
      login === 'by password'
        ? byPassword(account, secrets, addresses)
        : byCertificate(account, secrets, addresses),
    query: (text, database) => stack.queryAs('admin', text, database),
    queryAs: async (account, text, database = 'postgres') => {
      const [host, port] = addresses.postgres.split(':');
      const client = new pg.Client({
        host: host ?? '',
        port: Number(port),
        user: account,
        password: secrets.password(account, 'database'),
        database,
        ssl: { ca: readFileSync(secrets.caFile, 'utf8') },
      });
      await client.connect();
      try {
        // Several statements have several results.
        const results: pg.QueryResult<Row> | pg.QueryResult[] = await client.query(text);
        return Array.isArray(results) ? [] : results.rows;
      } finally {
        await client.end();
      }
    },
    grant: (rights) => grantInKafka(admin, rights),
    revoke: (rights) => revokeInKafka(admin, rights),
    createDeployment: () => createDeployment(stack),
  };
  return stack;
};

const createDeployment = async (stack: SecuredStack): Promise<SecuredDeployment> => {
  const id = `test-${randomUUID().slice(0, 8)}`;
  const rights: RightsDeployment = {
    prefix: `${id}.`,
    groupId: id,
    subscriberGroups: { upstream: `${id}.upstream`, downstream: `${id}.downstream` },
  };
  const names = topicNames(rights.prefix);
  const database = `runclose_${id.replace('-', '_')}`;
  await stack.query(`CREATE DATABASE ${database} TEMPLATE template0`);
  await stack.query(accessSql(database), database);
  await stack.grant(rightsIn(rights));
  return {
    names,
    rights,
    database,
    envOf: (account, login) => {
      const { DATABASE_URL: url, ...env } = stack.envOf(account, login);
      return {
        ...env,
        TOPIC_PREFIX: rights.prefix,
        TOPIC_PARTITIONS: '2',
        KAFKA_GROUP_ID: rights.groupId,
        HTTP_PORT: '0',
        HTTP_HOST: '127.0.0.1',
        ...(url === undefined ? {} : { DATABASE_URL: withDatabase(url, database) }),
      };
    },
    remove: async () => {
      await removeTopics(stack, names);
      await stack.revoke(ofTopicsAndIds(rightsIn(rights)));
      await stack.query(`DROP DATABASE ${database} WITH (FORCE)`);
    },
  };
};

/** Leaves out the right on the cluster, which all deployments share: tests in another file may be using it. */
const ofTopicsAndIds = (rights: Rights): Rights =>
  new Map(
    [...rights].map(([role, own]) => [role, own.filter(({ resource }) => resource.type !== 'cluster')]),
  );

const withDatabase = (url: string, database: string): string => {
  const changed = new URL(url);
  changed.pathname = `/${database}`;
  return changed.href;
};

const removeTopics = async ({ addresses, secrets }: SecuredStack, names: TopicNames): Promise<void> => {
  const { brokers, ca, name, password } = kafkaAdmin(addresses, secrets);
  const admin = createKafka({
    brokers,
    clientId: 'runclose-test',
    ssl: { ca },
    sasl: { mechanism: 'scram-sha-512', username: name, password },
  }).admin();
  await admin.connect();
  try {
    const existing = new Set(await admin.listTopics());
    await admin.deleteTopics({ topics: Object.values(names).filter((topic) => existing.has(topic)) });
  } finally {
    await admin.disconnect();
  }
};
