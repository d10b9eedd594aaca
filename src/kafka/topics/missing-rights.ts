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

const EVERYTHING: Operations = -1;
const NOTHING: Operations = 0;
/** The request did not ask for the operations, or the broker does not know them. */
const UNKNOWN = -2_147_483_648;

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
        missing.push(...without(right, allowedOn.get(resource.name) ?? EVERYTHING));
        break;
      case 'group':
        missing.push(...without(right, await operationsOnGroup(cluster, resource.name)));
        break;
      case 'transactional-id':
        // If rights are granted by prefix, any id works: an unused id has the same rights as those in use.
        missing.push(...without(right, await operationsOnTransactions(cluster, `${resource.name}0`)));
        break;
      case 'cluster':
        missing.push(...without(right, await operationsOnCluster(cluster)));
        break;
    }
  }
  return missing;
};

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

const without = ({ resource, operations }: Right, allowed: Operations): readonly Right[] => {
  if (allowed === UNKNOWN) return [];
  const lacking = operations.filter((operation) => (allowed & (1 << BITS[operation])) === 0);
  return lacking.length === 0 ? [] : [{ resource, operations: lacking }];
};

const METADATA = { apiKey: 3, apiVersion: 10, apiName: 'Metadata' };
const NO_ID = Buffer.alloc(16);
/** Creates no topics, and asks for the operations on topics but not for the operations on the cluster. */
const OPERATIONS_ON_TOPICS = Buffer.from([0, 0, 1]);

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
  const body = Buffer.concat([array(requestedTopics), OPERATIONS_ON_TOPICS, NO_TAGS]);
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
    const { errors = [thrown] } = thrown as { readonly errors?: readonly unknown[] };
    return errors.flatMap((each) => refusalIn(each)?.names ?? []);
  }
};

const BROKER = 4;

/** Only `DESCRIBE_CONFIGS` is ever needed on the cluster. */
const operationsOnCluster = async (cluster: Cluster): Promise<Operations> => {
  const broker = await cluster.brokerPool.findConnectedBroker();
  const resources = [{ type: BROKER, name: String(broker.nodeId) }];
  const described = await unlessRefused(() => broker.describeConfigs({ resources, includeSynonyms: false }));
  return described === null ? NOTHING : EVERYTHING;
};

const DESCRIBE_GROUPS = { apiKey: 15, apiVersion: 5, apiName: 'DescribeGroups' };
const OPERATIONS_ON_GROUPS = Buffer.from([1]);

const operationsOnGroup = async (cluster: Cluster, groupId: string): Promise<Operations> => {
  const coordinator = await unlessRefused(() => cluster.findGroupCoordinator({ groupId }));
  if (coordinator === null) return NOTHING;
  if (!supports(coordinator, DESCRIBE_GROUPS)) return UNKNOWN;
  const body = Buffer.concat([array([string(groupId)]), OPERATIONS_ON_GROUPS, NO_TAGS]);
  const [described] = await sendFlexible(coordinator, {
    ...DESCRIBE_GROUPS,
    body,
    read: (answer) => {
      answer.int32();
      return answer.array(() => {
        const code = answer.int16();
        for (let texts = 0; texts < 4; texts++) answer.string();
        answer.array(() => {
          // The member's names, and two byte arrays with the layout of strings.
          for (let fields = 0; fields < 6; fields++) answer.string();
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

const TRANSACTIONS = 1;

/** Only DESCRIBE can be checked without fencing a producer. WRITE includes it. */
const operationsOnTransactions = async (cluster: Cluster, id: string): Promise<Operations> => {
  const coordinator = await unlessRefused(() =>
    cluster.findGroupCoordinator({ groupId: id, coordinatorType: TRANSACTIONS }),
  );
  return coordinator === null ? NOTHING : EVERYTHING;
};

const unlessRefused = async <T>(ask: () => Promise<T>): Promise<T | null> => {
  try {
    return await ask();
  } catch (thrown) {
    if (/_AUTHORIZATION_FAILED$/.test(protocolErrorOf(thrown) ?? '')) return null;
    throw thrown;
  }
};
