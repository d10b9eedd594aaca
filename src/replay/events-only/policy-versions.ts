import { DEFAULT_CHANNEL_POLICY } from '../../domain/channel-policy.ts';
import type { Fairness } from '../../domain/records.ts';
import { finding, type Finding } from './divergence.ts';

/** Checks the policy in the events of one channel: versions must not fall, and each version must keep its settings. */
export type PolicyVersions = { check(fairness: Fairness): readonly Finding[] };

export const createPolicyVersions = (): PolicyVersions => {
  let version = 0;
  let known = new Set([settingsText(DEFAULT_CHANNEL_POLICY)]);
  return {
    check: (fairness) => {
      const found = settingsText(fairness);
      if (fairness.policyVersion > version) {
        version = fairness.policyVersion;
        known = new Set([found]);
        return [];
      }
      if (fairness.policyVersion < version) {
        const expected = `${String(version)} or higher`;
        version = fairness.policyVersion;
        known = new Set([found]);
        return [contradiction('fairness.policyVersion', expected, fairness.policyVersion)];
      }
      if (known.has(found)) return [];
      const expected = [...known].join(' or ');
      // Report each contradiction only once.
      known.add(found);
      return [contradiction('fairness', `version ${String(version)}: ${expected}`, found)];
    },
  };
};

const contradiction = (field: string, expected: unknown, found: unknown): Finding =>
  finding('POLICY_VERSION_CONTRADICTED', field, expected, found);

const settingsText = ({
  policy,
  windowRuns,
  repeat,
}: Pick<Fairness, 'policy' | 'windowRuns' | 'repeat'>): string =>
  `${policy}, window of ${String(windowRuns)}, ${repeat}`;
