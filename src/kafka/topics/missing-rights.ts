/**
 * Finds the rights that this client needs and does not have. This changes nothing: brokers list a client's authorized operations (KIP-430),
 * and validate the creation of topics that do not exist. A broker that does not list them has no authorizer, and allows everything.
 */
import { protocolErrorOf, refusalIn } from '../client/failures.ts';
import { sendFlexible, supports } from '../client/flexible-request.ts';
import type { Cluster } from '../patches/kafkajs-internals.ts';
import { array, NO_TAGS, string } from '../protocol/flexible-fields.ts';
import type { Operation, Right } from '../rights/rights.ts';
import { readTopicsOf, TOPIC_AUTHORIZATION_FAILED, UNKNOWN_TOPIC_OR_PARTITION } from './topic-ids.ts';

/** A bit for each operation, by its number in the protocol. */
type Operations = number;

/** All bits. */
const EVERYTHING: Operations = -1;
const NOTHING: Operations = 0;
/** The broker does not say, or cannot be asked: then no right counts as missing. The protocol has the same value for this. */
const UNKNOWN: Operations = -2_147_483_648;

/** The protocol's number of each operation. */
const BITS: Readonly<Record<Operation, number>> = {
  READ: 3,
  WRITE: 4,
  CREATE: 5,
  ALTER: 7,
  DESCRIBE: 8,
  DESCRIBE_CONFIGS: 10,
  ALTER_CONFIGS: 11,
};
const CREATE = 1 << BITS.CREATE;

export const fetchMissingRights = async (
  cluster: Cluster,
  rights: readonly Right[],
): Promise<readonly Right[]> => {
  const allowedOn = await operationsOnTopics(cluster, rights);
  const missing: Right[] = [];
  for (const right of rights) {
    const { resource } = right;
    switch (resource.type) {
      case 'topic':
        missing.push(...missingFrom(right, allowedOn.get(resource.name) ?? UNKNOWN));
        break;
      case 'group':
        missing.push(...missingFrom(right, await operationsOnGroup(cluster, resource.name)));
        break;
      case 'transactional-id':
        // The name is a prefix of ids, and the right is granted by prefix. So every id that begins with it has the same rights.
        missing.push(...missingFrom(right, await operationsOnTransactions(cluster, `${resource.name}0`)));
        break;
      case 'cluster':
        missing.push(...missingFrom(right, await operationsOnCluster(cluster)));
        break;
    }
  }
  return missing;
};

const missingFrom = ({ resource, operations }: Right, allowed: Operations): readonly Right[] => {
  if (allowed === UNKNOWN) return [];
  const lacking = operations.filter((operation) => (allowed & (1 << BITS[operation])) === 0);
  return lacking.length === 0 ? [] : [{ resource, operations: lacking }];
};

const METADATA = { apiKey: 3, apiVersion: 10, apiName: 'Metadata' };
const NO_ID = Buffer.alloc(16);
const WITH_OPERATIONS_ON_TOPICS = Buffer.from([
  0, // create no topics
  0, // leave out the operations on the cluster
  1, // include the operations on topics
]);

const operationsOnTopics = async (
  cluster: Cluster,
  rights: readonly Right[],
): Promise<ReadonlyMap<string, Operations>> => {
  const broker = await cluster.brokerPool.findConnectedBroker();
  if (!supports(broker, METADATA)) return new Map();
  const wanted = new Map(
    rights.flatMap(({ resource, operations }) =>
      resource.type === 'topic' ? [[resource.name, operations] as const] : [],
    ),
  );
  const requestedTopics = [...wanted.keys()].map((topic) => Buffer.concat([NO_ID, string(topic), NO_TAGS]));
  const body = Buffer.concat([array(requestedTopics), WITH_OPERATIONS_ON_TOPICS, NO_TAGS]);
  const answer = await sendFlexible(broker, { ...METADATA, body, read: readTopicsOf });
  const toCreate = answer.topics.flatMap(({ code, name }) =>
    code === UNKNOWN_TOPIC_OR_PARTITION && name !== null && wanted.get(name)?.includes('CREATE')
      ? [name]
      : [],
  );
  const refused = await refusedCreations(cluster, toCreate);
  return new Map(
    answer.topics.map(({ code, name, operations }) => {
      const topic = name ?? '';
      if (code === TOPIC_AUTHORIZATION_FAILED) return [topic, NOTHING];
      // Of a topic that does not exist, a broker tells nothing but whether it may be created.
      if (refused.includes(topic)) return [topic, EVERYTHING & ~CREATE];
      // Nobody needs the right to create a topic that exists.
      return [topic, operations === UNKNOWN ? UNKNOWN : operations | CREATE];
    }),
  );
};

const CREATION_MS = 5_000;

/** The topics that this client may not create. The request only validates: it creates none. */
const refusedCreations = async (cluster: Cluster, topics: readonly string[]): Promise<readonly string[]> => {
  if (topics.length === 0) return [];
  const controller = await cluster.findControllerBroker();
  const creations = topics.map((topic) => ({ topic, numPartitions: 1, replicationFactor: 1 }));
  try {
    await controller.createTopics({ topics: creations, validateOnly: true, timeout: CREATION_MS });
    return [];
  } catch (thrown) {
    // One error for each topic. Other errors do not matter here: the creation itself reports them.
    const errors = thrown instanceof Error && 'errors' in thrown ? thrown.errors : undefined;
    return (Array.isArray(errors) ? errors : [thrown]).flatMap((each) => refusalIn(each)?.names ?? []);
  }
};

const BROKER_RESOURCE = 4;

/** Only `DESCRIBE_CONFIGS` is ever needed on the cluster. */
const operationsOnCluster = async (cluster: Cluster): Promise<Operations> => {
  const broker = await cluster.brokerPool.findConnectedBroker();
  const resources = [{ type: BROKER_RESOURCE, name: String(broker.nodeId) }];
  const described = await unlessRefused(() => broker.describeConfigs({ resources, includeSynonyms: false }));
  return described === null ? NOTHING : EVERYTHING;
};

const DESCRIBE_GROUPS = { apiKey: 15, apiVersion: 5, apiName: 'DescribeGroups' };
const WITH_OPERATIONS = Buffer.from([1]);

const operationsOnGroup = async (cluster: Cluster, groupId: string): Promise<Operations> => {
  const coordinator = await unlessRefused(() => cluster.findGroupCoordinator({ groupId }));
  if (coordinator === null) return NOTHING;
  if (!supports(coordinator, DESCRIBE_GROUPS)) return UNKNOWN;
  const body = Buffer.concat([array([string(groupId)]), WITH_OPERATIONS, NO_TAGS]);
  const [described] = await sendFlexible(coordinator, {
    ...DESCRIBE_GROUPS,
    body,
    read: (answer) => {
      answer.int32(); // throttle time
      return answer.array(() => {
        const code = answer.int16();
        answer.string(); // group id
        answer.string(); // state
        answer.string(); // protocol type
        answer.string(); // protocol
        answer.array(() => {
          answer.string(); // member id
          answer.string(); // instance id
          answer.string(); // client id
          answer.string(); // host
          answer.string(); // subscription: bytes with the layout of a string
          answer.string(); // assignment: the same
          answer.tags();
        });
        const operations = answer.int32();
        answer.tags();
        return { code, operations };
      });
    },
  });
  return described?.code === 0 ? described.operations : UNKNOWN;
};

const TRANSACTION_COORDINATOR = 1;

/**
 * Who may not describe an id may not write with it either: WRITE includes DESCRIBE. Whether a client may write cannot be asked without
 * fencing a producer.
 */
const operationsOnTransactions = async (cluster: Cluster, id: string): Promise<Operations> => {
  const coordinator = await unlessRefused(() =>
    cluster.findGroupCoordinator({ groupId: id, coordinatorType: TRANSACTION_COORDINATOR }),
  );
  return coordinator === null ? NOTHING : UNKNOWN;
};

const unlessRefused = async <T>(ask: () => Promise<T>): Promise<T | null> => {
  try {
    return await ask();
  } catch (thrown) {
    if (protocolErrorOf(thrown)?.endsWith('_AUTHORIZATION_FAILED') === true) return null;
    throw thrown;
  }
};
