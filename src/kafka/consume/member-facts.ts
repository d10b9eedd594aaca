/**
 * What a member of the group says about its process. It stands in the member's subscription, as Kafka's user data, so it comes and goes with
 * the membership, and `describeGroups` shows it for every member. Members with and without it can be in one group.
 */
import type { PartitionAssigner } from 'kafkajs';
import { AssignerProtocol, PartitionAssigners } from '../patches/kafkajs.ts';

export type MemberFacts = {
  /** The id of the process: new at each start, and the same for all its workers. */
  readonly instance: string;
  readonly version: string;
  /** By the clock of the process. Milliseconds since 1970. */
  readonly startedAt: number;
  readonly httpPort: number;
};

/** The client's own assigner, under the same name, which adds the facts to the subscription. */
export const assignerWith =
  (facts: MemberFacts): PartitionAssigner =>
  (config) => {
    const assigner = PartitionAssigners.roundRobin(config);
    const userData = Buffer.from(JSON.stringify(facts));
    return {
      ...assigner,
      protocol: ({ topics }) => ({
        name: assigner.name,
        metadata: AssignerProtocol.MemberMetadata.encode({ version: assigner.version, topics, userData }),
      }),
    };
  };

/**
 * Reads the facts from a member's subscription; null if there are none. Trusts no byte: any client may join the group, and while the group
 * rebalances, brokers show empty subscriptions.
 */
export const factsOf = (subscription: Buffer): MemberFacts | null => {
  try {
    const userData = AssignerProtocol.MemberMetadata.decode(subscription)?.userData;
    return userData === undefined ? null : checked(JSON.parse(userData.toString()) as Partial<MemberFacts>);
  } catch {
    return null;
  }
};

/** The last time that a date can have. */
const MAX_TIME_MS = 8.64e15;

const MAX_PORT = 65_535;

const checked = (facts: Partial<MemberFacts> | null): MemberFacts | null => {
  const { instance, version, startedAt, httpPort } = facts ?? {};
  return typeof instance === 'string' &&
    typeof version === 'string' &&
    isCount(startedAt, MAX_TIME_MS) &&
    isCount(httpPort, MAX_PORT)
    ? { instance, version, startedAt, httpPort }
    : null;
};

const isCount = (value: number | undefined, most: number): value is number =>
  Number.isInteger(value) && Number(value) >= 0 && Number(value) <= most;
