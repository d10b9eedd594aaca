/** The configuration of a channel, and the defaults. `runclose channel set` documents the ranges. */

/** See "A new policy" in CONTRIBUTING.md. */
export const POLICY_NAMES = ['fair-share', 'fair-share-weighted', 'least-recent', 'window-count'] as const;
export type PolicyName = (typeof POLICY_NAMES)[number];

export const REPEAT_RULES = ['strict', 'soft'] as const;
export type RepeatRule = (typeof REPEAT_RULES)[number];

export type ChannelPolicy = {
  /** 0: the unchanged defaults. The first change makes version 1. */
  readonly version: number;
  readonly enabled: boolean;
  readonly policy: PolicyName;
  /** Over how many of the last runs `servedInWindow` counts: 1–50. */
  readonly windowRuns: number;
  readonly repeat: RepeatRule;
  /** Who may close runs of the channel besides the person who opened the run. */
  readonly adminUserIds: readonly string[];
  readonly remindersEnabled: boolean;
  /** Minutes before pickup: 0–120. */
  readonly reminderOffsetMinutes: number;
  /** How many days to keep the stored events: 30–365. */
  readonly retentionDays: number;
};

/** What `runclose channel set` can change. */
export type PolicySettings = Omit<ChannelPolicy, 'version'>;

/** The minimum and maximum of each numeric setting, both allowed. */
export const POLICY_RANGES = {
  windowRuns: [1, 50],
  reminderOffsetMinutes: [0, 120],
  retentionDays: [30, 365],
} as const;

export const DEFAULT_CHANNEL_POLICY: ChannelPolicy = {
  version: 0,
  enabled: true,
  policy: 'fair-share',
  windowRuns: 5,
  repeat: 'strict',
  adminUserIds: [],
  remindersEnabled: true,
  reminderOffsetMinutes: 5,
  retentionDays: 90,
};
