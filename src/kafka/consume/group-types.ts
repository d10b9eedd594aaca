/**
 * Tells the type of a group that is no consumer group, such as `share` (KIP-932) or `streams` (KIP-1071). To requests about consumer groups,
 * a broker answers that such a group is dead or unknown.
 */
import { sendFlexible, supports, type FlexibleRequest } from '../client/flexible-request.ts';
import { createErrorFromCode } from '../patches/kafkajs.ts';
import type { Broker } from '../patches/kafkajs-internals.ts';
import { array, NO_TAGS } from '../protocol/flexible-fields.ts';

export type ListedGroup = {
  readonly groupId: string;
  readonly state: string;
  /** `classic`, `consumer`, `share` or `streams`. */
  readonly type: string;
};

/**
 * The groups of this coordinator that the login may describe. Empty if the broker is older than types of groups. Rejects with the broker's
 * error, such as that of a coordinator that still loads its groups.
 */
export const listGroups = async (
  coordinator: Pick<Broker, 'versions' | 'connectionPool'>,
): Promise<readonly ListedGroup[]> => {
  if (!supports(coordinator, LIST)) return [];
  const { errorCode, groups } = await sendFlexible(coordinator, LIST);
  if (errorCode !== 0) throw createErrorFromCode(errorCode);
  return groups;
};

type Listing = { readonly errorCode: number; readonly groups: readonly ListedGroup[] };

/** ListGroups, version 5, without filters. */
const LIST: FlexibleRequest<Listing> = {
  apiKey: 16,
  apiVersion: 5,
  apiName: 'ListGroups',
  body: Buffer.concat([array([]), array([]), NO_TAGS]),
  read: (answer) => {
    answer.int32(); // throttle time
    const errorCode = answer.int16();
    const groups = answer.array(() => {
      const groupId = answer.string() ?? '';
      answer.string(); // protocol type
      const state = answer.string() ?? '';
      const type = answer.string() ?? '';
      answer.tags();
      return { groupId, state, type };
    });
    return { errorCode, groups };
  },
};
