/**
 * Describes a consumer group of the newer protocol (KIP-848). Asked with the older request, a broker answers that such a group is dead and
 * has no members.
 */
import { sendFlexible, supports, type FlexibleRequest } from '../client/flexible-request.ts';
import { createErrorFromCode } from '../patches/kafkajs.ts';
import type { Broker } from '../patches/kafkajs-internals.ts';
import { array, NO_TAGS, string, type FlexibleReader } from '../protocol/flexible-fields.ts';
import type { Group, GroupMember, Subscription } from './group.ts';

/** Null if the group has another protocol or does not exist, or if the broker does not know the newer protocol. Rejects with other errors. */
export const fetchNewerGroup = async (
  coordinator: Pick<Broker, 'versions' | 'connectionPool'>,
  subscription: Subscription,
): Promise<Group | null> => {
  const request = describeRequest(subscription);
  if (!supports(coordinator, request)) return null;
  const { errorCode, group } = await sendFlexible(coordinator, request);
  if (errorCode === 0) return group;
  if (OF_ANOTHER_PROTOCOL.has(errorCode)) return null;
  throw createErrorFromCode(errorCode);
};

/** UNSUPPORTED_VERSION and GROUP_ID_NOT_FOUND: brokers also answer so for groups of other protocols. */
const OF_ANOTHER_PROTOCOL: ReadonlySet<number> = new Set([35, 69]);

const WITHOUT_AUTHORIZED_OPERATIONS = Buffer.from([0]);

type Description = { readonly errorCode: number; readonly group: Group };

/** ConsumerGroupDescribe, version 0. */
const describeRequest = ({ groupId, topic }: Subscription): FlexibleRequest<Description> => ({
  apiKey: 69,
  apiVersion: 0,
  apiName: 'ConsumerGroupDescribe',
  body: Buffer.concat([array([string(groupId)]), WITHOUT_AUTHORIZED_OPERATIONS, NO_TAGS]),
  read: (answer) => {
    answer.int32(); // throttle time
    const [description] = answer.array((): Description => {
      const errorCode = answer.int16();
      answer.string(); // error message
      answer.string(); // group id
      const state = answer.string() ?? '';
      answer.int32(); // group epoch
      answer.int32(); // assignment epoch
      answer.string(); // assignor
      const members = answer.array(() => readMember(answer, topic));
      answer.int32(); // authorized operations
      answer.tags();
      return { errorCode, group: { state, protocolType: 'consumer', members } };
    });
    if (description === undefined) throw new Error(`the broker's answer does not describe group ${groupId}`);
    return description;
  },
});

const readMember = (answer: FlexibleReader, topic: string): GroupMember => {
  answer.string(); // member id
  answer.string(); // instance id
  answer.string(); // rack
  answer.int32(); // member epoch
  const clientId = answer.string() ?? '';
  // Brokers write `/10.0.0.1`.
  const host = (answer.string() ?? '').replace(/^\//, '');
  const topics = answer.array(() => answer.string() ?? '');
  const pattern = answer.string() ?? '';
  const partitions = readAssignment(answer).get(topic) ?? [];
  readAssignment(answer); // skipped: the assignment that the group is moving to
  answer.tags();
  // A member subscribes to the pattern (a regular expression) in addition to its topics. No facts: the newer protocol carries no user data.
  return { clientId, host, partitions, topics: pattern === '' ? topics : [...topics, pattern], facts: null };
};

const readAssignment = (answer: FlexibleReader): ReadonlyMap<string, readonly number[]> => {
  const assignment = answer.array(() => {
    answer.bytes(16); // topic id
    const topic = answer.string() ?? '';
    const partitions = answer.array(() => answer.int32());
    answer.tags();
    return [topic, partitions] as const;
  });
  answer.tags();
  return new Map(assignment);
};
