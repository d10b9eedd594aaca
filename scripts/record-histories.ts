/**
 * Records the histories that `test/replay` replays: one for each policy, under both repeat rules, with a change of the policy in between.
 *
 *     npm run record -- test/replay/0.1.0
 *
 * Record them once for each version that decides differently, and never again, because past decisions do not change.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  DEFAULT_CHANNEL_POLICY,
  POLICY_NAMES,
  type ChannelPolicy,
  type PolicyName,
} from '../src/domain/channel-policy.ts';
import type { PolicyVersion } from '../src/replay/history.ts';
import { writeMadeHistory } from './history/made-history.ts';

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error('name a folder: npm run record -- test/replay/0.1.0');
mkdirSync(folder, { recursive: true });

const version = (
  channelId: string,
  number: number,
  afterRevision: number,
  settings: Partial<ChannelPolicy>,
): PolicyVersion => ({
  channelId,
  afterRevision,
  policy: { ...DEFAULT_CHANNEL_POLICY, ...settings, version: number },
});

const record = async (policy: PolicyName, other: PolicyName): Promise<void> => {
  const path = join(folder, `${policy}.avro`);
  await writeMadeHistory(path, {
    commands: 240,
    channels: 3,
    seed: policy.length,
    policies: [
      version('C0', 1, 0, { policy, repeat: 'strict', windowRuns: 7 }),
      version('C1', 1, 0, { policy, repeat: 'soft', reminderOffsetMinutes: 30 }),
      version('C2', 1, 0, { policy, remindersEnabled: false }),
      version('C2', 2, 30, { policy: other, repeat: 'soft' }),
      version('C2', 3, 50, { policy, adminUserIds: ['UC2-stranger'] }),
    ],
  });
  process.stdout.write(`${path}\n`);
};

for (const [index, policy] of POLICY_NAMES.entries())
  await record(policy, POLICY_NAMES[index + 1] ?? POLICY_NAMES[0]);
