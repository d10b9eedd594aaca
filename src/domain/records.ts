// Generated from schemas/*.avsc by `npm run generate`. Do not edit: CI fails when this file and the schemas differ.

/** What one person ordered. Each person has one order in a run. */
export type Order = {
  /** The order, as its publisher knows it. 1–128 UTF-16 units, no control characters. */
  orderId: string;
  /** Who ordered. This person may be picked to fetch the drinks. 1–128 UTF-16 units, no control characters. */
  userId: string;
  /** The person's id in Slack, for mentions; null: unknown. 1–128 UTF-16 units. */
  slackUserId: string | null;
  /** The name to show. At most 200 UTF-16 units; may be empty. */
  displayName: string;
  /** The drink, in the person's own words. At most 500 UTF-16 units; may be empty. */
  text: string;
  /** Where the order comes from. Shown unless it is `manual`. At most 200 UTF-16 units. */
  provenance: string;
  /** When the order was placed. Milliseconds since 1970-01-01T00:00:00Z, below 4102444800000. */
  submittedAt: number;
  /** Whether the person confirmed the order. Only shown: it changes no decision. */
  confirmed: boolean;
  /** How many drinks: 1–100. */
  quantity: number;
  /** Whether this person can fetch the drinks. A person who cannot is still charged a share. */
  canRun: boolean;
};

/**
 * Asks to close a coffee run and to pick who fetches the drinks. Carries everything that the decision
 * needs except the ledger and the policy of the channel.
 */
export type RunCloseRequested = {
  /**
   * Idempotency key, chosen by the publisher, unique within a channel. To try again after a rejection,
   * choose a new one. 1–128 UTF-16 units, no control characters.
   */
  commandId: string;
  /**
   * The run to close. `channelId` and `runId` together identify it. 1–128 UTF-16 units, no control
   * characters.
   */
  runId: string;
  /** The channel of the run. Equals the key of this record. 1–128 UTF-16 units, no control characters. */
  channelId: string;
  /** Shown in summaries; null: unknown. At most 200 UTF-16 units. */
  channelName: string | null;
  /** Who opened the run. 1–128 UTF-16 units, no control characters. */
  initiatorUserId: string;
  /**
   * Who asks to close it: the initiator or an admin of the channel. 1–128 UTF-16 units, no control
   * characters.
   */
  actorUserId: string;
  /** The previous runner may be picked again. */
  allowConsecutiveRunner: boolean;
  /**
   * When somebody asked to close the run. Becomes `closedAt` of the events. Milliseconds since
   * 1970-01-01T00:00:00Z, below 4102444800000.
   */
  requestedAt: number;
  /**
   * Copied to every event and its `correlation-id` header; null: none. 1–128 UTF-16 units, no control
   * characters.
   */
  correlationId: string | null;
  /**
   * When the drinks can be picked up. Copied to the summary; null: unknown. Milliseconds since
   * 1970-01-01T00:00:00Z, below 4102444800000.
   */
  pickupTime: number | null;
  /** How to pick up the drinks. Copied to the summary; null: no note. At most 1,000 UTF-16 units. */
  pickupNote: string | null;
  /** The orders of the participants: one for each person, at most 200. */
  orders: Order[];
};

/** The person who fetches the drinks. */
export type Runner = {
  /** Who fetches the drinks. 1–128 UTF-16 units. */
  userId: string;
  /** The person's id in Slack, from the order; null: unknown. */
  slackUserId: string | null;
  /** The name to show, from the order. At most 200 UTF-16 units. */
  displayName: string;
};

/** One participant's place in the ranking. All numbers except `charge` are from before this run. */
export type RankingEntry = {
  /** Place among the people who could be picked: 1 is the runner. null: could not be picked, see `exclusion`. */
  rank: number | null;
  /** The participant. 1–128 UTF-16 units. */
  userId: string;
  /** The name to show, from the order. At most 200 UTF-16 units. */
  displayName: string;
  /** How many drinks this person ordered: 1–100. */
  quantity: number;
  /** All runs that this person has made in this channel. */
  served: number;
  /** Runs that this person made among the channel's last `windowRuns` closed runs, under every policy. */
  servedInWindow: number;
  /** Runs made minus fair share, in units (see `unit`). Negative: owes runs. */
  balance: number;
  /** What this run adds to the fair share, in units (see `unit`). The charges of a run sum to one run. */
  charge: number;
  /** `sequence` of the last run that this person made in this channel; null: none yet. */
  lastServedSequence: number | null;
  /** Why the person could not be picked: `NONE`, `PREVIOUS_RUNNER` (made the last run) or `CANNOT_RUN`. */
  exclusion: 'NONE' | 'PREVIOUS_RUNNER' | 'CANNOT_RUN' | (string & Record<never, never>);
};

/** How the runner was picked. The pick and every balance can be computed again from this record alone. */
export type Fairness = {
  /** `fair-share`, `fair-share-weighted`, `least-recent` or `window-count`. */
  policy:
    'fair-share' | 'fair-share-weighted' | 'least-recent' | 'window-count' | (string & Record<never, never>);
  /** Version of the channel's policy in force; 0: the defaults. */
  policyVersion: number;
  /** How many past runs a window contains: 1–50. */
  windowRuns: number;
  /** The channel's rule for picking the previous runner again: `strict` or `soft`. */
  repeat: 'strict' | 'soft' | (string & Record<never, never>);
  /** The command's `allowConsecutiveRunner`. */
  repeatAllowed: boolean;
  /** How many units of `balance` and `charge` are one run. */
  unit: number;
  /**
   * What decided the pick: `SOLE_ELIGIBLE`, `REPEAT_ALLOWED`, `SOFT_REPEAT`, `TIE_LOT`, `TIE_ID`,
   * `TIE_LONGEST_AGO`, `PREVIOUS_EXCLUDED` or `LOWEST`.
   */
  reason:
    | 'SOLE_ELIGIBLE'
    | 'REPEAT_ALLOWED'
    | 'SOFT_REPEAT'
    | 'TIE_LOT'
    | 'TIE_ID'
    | 'TIE_LONGEST_AGO'
    | 'PREVIOUS_EXCLUDED'
    | 'LOWEST'
    | (string & Record<never, never>);
  /** The reason in English sentences with names and numbers. Plain text. */
  explanation: string;
  /**
   * Every participant: first those who could be picked, by rank, then an excluded previous runner, then
   * people who cannot run, by `userId`.
   */
  ranking: RankingEntry[];
};

/** A run was closed, and its runner was picked. */
export type RunClosed = {
  /** UUIDv5 of this event. It stays the same if the event is emitted again, so consumers can drop repeats. */
  eventId: string;
  /** The command that caused this event. */
  commandId: string;
  /** `correlationId` of the command; null: it had none. */
  correlationId: string | null;
  /** The run. `channelId` and `runId` together identify it. */
  runId: string;
  /** The channel of the run, and the key of this record. */
  channelId: string;
  /** The channel's name to show; null: unknown. At most 200 UTF-16 units. */
  channelName: string | null;
  /** The number of this run among the closed runs of the channel: from 1, without gaps. */
  sequence: number;
  /** Who was picked. */
  runner: Runner;
  /** How many people took part: one for each order, 1–200. */
  participantCount: number;
  /** When the run was closed: the command's `requestedAt`. Milliseconds since 1970-01-01T00:00:00Z. */
  closedAt: number;
  /** How the runner was picked, and why. */
  fairness: Fairness;
};

/**
 * What a channel and its runner are told about a closed run, ready to be shown. Texts are plain: the
 * program that shows them must escape them.
 */
export type RunSummary = {
  /** UUIDv5 of this event. It stays the same if the event is emitted again, so consumers can drop repeats. */
  eventId: string;
  /** The command that caused this event. */
  commandId: string;
  /** `correlationId` of the command; null: it had none. */
  correlationId: string | null;
  /** The run. `channelId` and `runId` together identify it. */
  runId: string;
  /** The channel of the run, and the key of this record. */
  channelId: string;
  /** The channel's name to show; null: unknown. At most 200 UTF-16 units. */
  channelName: string | null;
  /** The number of this run among the closed runs of the channel: from 1, without gaps. */
  sequence: number;
  /** When the run was closed: the command's `requestedAt`. Milliseconds since 1970-01-01T00:00:00Z. */
  closedAt: number;
  /** `pickupTime` of the command; null: unknown. Milliseconds since 1970-01-01T00:00:00Z. */
  pickupTime: number | null;
  /** `pickupNote` of the command; null: no note. At most 1,000 UTF-16 units. */
  pickupNote: string | null;
  /** Who was picked. */
  runner: Runner;
  /** What to fetch, sorted by `submittedAt`, then `userId`. */
  orders: Order[];
  /** How many people took part: one for each order, 1–200. */
  participantCount: number;
  /** The sum of the quantities. */
  totalDrinks: number;
  /** Whether the channel wants the runner to be reminded. */
  remindersEnabled: boolean;
  /** The channel's reminder offset in minutes: 0–120. */
  reminderOffsetMinutes: number;
  /** Why this runner, in English sentences: `fairness.explanation` of `run.closed`. */
  fairnessExplanation: string;
  /** The message to the channel. */
  channelText: string;
  /** The message to the runner: `channelText`, what to fetch, and when the reminder comes, if one does. */
  runnerText: string;
};

/**
 * A command was refused: the run stays open and nobody is charged. In the rejection of an invalid command,
 * ids are cut to 128 UTF-16 units, and each control character, U+FFFD and half surrogate pair is `?`.
 */
export type RunCloseRejected = {
  /** UUIDv5 of this event. It stays the same if the event is emitted again, so consumers can drop repeats. */
  eventId: string;
  /** The command that caused this event. */
  commandId: string;
  /** `correlationId` of the command; null: it had none. */
  correlationId: string | null;
  /** The run. `channelId` and `runId` together identify it. */
  runId: string;
  /**
   * The channel that the command names. The key of this record is the key of the command's record, which may
   * differ.
   */
  channelId: string;
  /** Who asked to close the run. */
  actorUserId: string;
  /**
   * `INVALID_COMMAND`, `COMMAND_ID_REUSED`, `CHANNEL_DISABLED`, `RUN_ALREADY_CLOSED`, `UNAUTHORIZED` or
   * `NO_ELIGIBLE_RUNNER`.
   */
  reason:
    | 'INVALID_COMMAND'
    | 'COMMAND_ID_REUSED'
    | 'CHANNEL_DISABLED'
    | 'RUN_ALREADY_CLOSED'
    | 'UNAUTHORIZED'
    | 'NO_ELIGIBLE_RUNNER'
    | (string & Record<never, never>);
  /**
   * The reason in English, for developers. For an invalid command, begins with the path of the first fault.
   * Never quotes personal data.
   */
  message: string;
  /** Version of the channel's policy in force; null: the command was refused before any policy was read. */
  policyVersion: number | null;
  /**
   * `requestedAt` of the command. If that is below 0 or above 4102444799999, the nearer of the two.
   * Milliseconds since 1970-01-01T00:00:00Z.
   */
  rejectedAt: number;
};
