import {
  type ChannelPolicy,
  DEFAULT_CHANNEL_POLICY,
  type PolicySettings,
} from '../../domain/channel-policy.ts';
import { getPolicy, policyHistory, type PolicyVersion, setPolicy } from '../../postgres/policies.ts';
import { openDatabase } from '../servers/servers.ts';
import type { Work } from '../work.ts';
import { noteSimilarChannels } from './known-channel.ts';
import { changesBetween, type SettingChange } from './setting-changes.ts';

/** A version of a channel's policy, with its changes since the version before it. */
export type ChangedVersion = PolicyVersion & { readonly changes: readonly SettingChange[] };

/** The policy in force in a channel. */
export const policyInForce = async (work: Work, channelId: string): Promise<ChannelPolicy> => {
  const pool = await openDatabase(work, work.settings('database'));
  const policy = await getPolicy(pool, channelId);
  await noteSimilarChannels(work, pool, channelId);
  return policy;
};

export type PolicyRequest = {
  readonly channelId: string;
  readonly wanted: Partial<PolicySettings>;
  /** Who changes the policy. */
  readonly by: string;
};

/** Changes the policy of a channel. No changes: the policy was like this already. */
export const changePolicy = async (
  work: Work,
  { channelId, wanted, by }: PolicyRequest,
): Promise<{
  readonly policy: ChannelPolicy;
  readonly changed: boolean;
  readonly changes: readonly SettingChange[];
}> => {
  const pool = await openDatabase(work, work.settings('database'));
  // Look for similar channels before setting the policy: a channel with a policy counts as known.
  await noteSimilarChannels(work, pool, channelId);
  const { policy, changed } = await setPolicy(pool, { channelId, changes: wanted, by });
  const changes = changed ? changesIn(await policyHistory(pool, channelId), policy) : [];
  return { policy, changed, changes };
};

/** All versions of a channel's policy, the oldest first. */
export const policyVersions = async (work: Work, channelId: string): Promise<readonly ChangedVersion[]> => {
  const pool = await openDatabase(work, work.settings('database'));
  const versions = await policyHistory(pool, channelId);
  await noteSimilarChannels(work, pool, channelId);
  return versions.map((version) => ({ ...version, changes: changesIn(versions, version.policy) }));
};

/** The changes of a version, compared with the version before it. */
const changesIn = (versions: readonly PolicyVersion[], policy: ChannelPolicy): readonly SettingChange[] => {
  const before = versions.find((earlier) => earlier.policy.version === policy.version - 1)?.policy;
  return changesBetween(before ?? DEFAULT_CHANNEL_POLICY, policy);
};
