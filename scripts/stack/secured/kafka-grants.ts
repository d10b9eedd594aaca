import type { AclEntry } from 'kafkajs';
import {
  type Deployment,
  PRINCIPAL_ROLES,
  type Resource,
  type Right,
  rightsOf,
} from '../../../src/kafka/rights/rights.ts';

/** The rights of each principal in a deployment. */
export type Rights = ReadonlyMap<string, readonly Right[]>;

/** Each principal has the name of its role. */
export const rightsIn = (deployment: Deployment): Rights =>
  new Map(PRINCIPAL_ROLES.map((role) => [role, rightsOf(role, deployment)]));

export type KafkaAccess = {
  readonly brokers: readonly string[];
  readonly ca: string;
  readonly name: string;
  readonly password: string;
};

/** Grants principals their rights and keeps those that they already have. The access must be a super user's. */
export const grantInKafka = async (access: KafkaAccess, rights: Rights): Promise<void> => {
  const { enums, admin } = await connect(access);
  try {
    await admin.createAcls({ acl: entriesOf(rights, enums) });
  } finally {
    await admin.disconnect();
  }
};

/** Revokes these rights, if they exist in exactly this form. */
export const revokeInKafka = async (access: KafkaAccess, rights: Rights): Promise<void> => {
  const { enums, admin } = await connect(access);
  try {
    await admin.deleteAcls({ filters: entriesOf(rights, enums) });
  } finally {
    await admin.disconnect();
  }
};

type Enums = Pick<
  typeof import('kafkajs'),
  'AclOperationTypes' | 'AclPermissionTypes' | 'AclResourceTypes' | 'ResourcePatternTypes'
>;

const connect = async ({ brokers, ca, name, password }: KafkaAccess) => {
  // Import late: while imports are linked, Node 20 cannot import modules that src/kafka removes from the cache.
  const { default: enums } = await import('kafkajs');
  const kafka = new enums.Kafka({
    brokers: [...brokers],
    clientId: 'runclose-stack',
    ssl: { ca },
    sasl: { mechanism: 'scram-sha-512', username: name, password },
    logLevel: enums.logLevel.NOTHING,
  });
  const admin = kafka.admin();
  await admin.connect();
  return { enums, admin };
};

const entriesOf = (rights: Rights, enums: Enums): AclEntry[] =>
  [...rights].flatMap(([principal, own]) =>
    own.flatMap(({ resource, operations }) =>
      operations.map((operation) => ({
        ...patternOf(resource, enums),
        principal: `User:${principal}`,
        host: '*',
        operation: enums.AclOperationTypes[operation],
        permissionType: enums.AclPermissionTypes.ALLOW,
      })),
    ),
  );

const patternOf = (
  resource: Resource,
  { AclResourceTypes, ResourcePatternTypes }: Enums,
): Pick<AclEntry, 'resourceType' | 'resourceName' | 'resourcePatternType'> => {
  const patterns = { literal: ResourcePatternTypes.LITERAL, prefixed: ResourcePatternTypes.PREFIXED };
  switch (resource.type) {
    case 'cluster':
      return {
        resourceType: AclResourceTypes.CLUSTER,
        resourceName: 'kafka-cluster',
        resourcePatternType: patterns.literal,
      };
    case 'topic':
      return {
        resourceType: AclResourceTypes.TOPIC,
        resourceName: resource.name,
        resourcePatternType: patterns.literal,
      };
    case 'group':
      return {
        resourceType: AclResourceTypes.GROUP,
        resourceName: resource.name,
        resourcePatternType: patterns[resource.pattern],
      };
    case 'transactional-id':
      return {
        resourceType: AclResourceTypes.TRANSACTIONAL_ID,
        resourceName: resource.name,
        resourcePatternType: patterns[resource.pattern],
      };
  }
};
