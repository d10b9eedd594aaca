// Generated from schemas/*.avsc by `npm run generate`. Do not edit: CI fails when this file and the schemas differ.

/** What one person ordered. One order a person and run. */
export type Order = {
  /** The order, as its publisher knows it. 1–128 UTF-16 units, no control characters. */
  orderId: string;
  /** Who ordered, and may be picked to run. 1–128 UTF-16 units, no control characters. */
  userId: string;
  /** The same person in Slack, to be mentioned there; null: unknown. 1–128 UTF-16 units. */
  slackUserId: string | null;
  /** The name to show. At most 200 UTF-16 units; may be empty. */
  displayName: string;
  /** The drink, in the words of the person. At most 500 UTF-16 units; may be empty. */
  text: string;
  /** Where the order comes from, shown where it is not `manual`. At most 200 UTF-16 units. */
  provenance: string;
  /** When the order was placed. Milliseconds since 1970-01-01T00:00:00Z, below 4102444800000. */
  submittedAt: number;
  /** Whether the person confirmed the order. Shown only; decides nothing. */
  confirmed: boolean;
  /** How many drinks: 1–100. */
  quantity: number;
  /** Whether this person can fetch the drinks. Who cannot is still charged a share. */
  canRun: boolean;
};

/**
 * Asks to close a coffee run and to pick who fetches the drinks. Carries everything the decision needs
 * beside the ledger of the channel.
 */
export type RunCloseRequested = {
  /**
   * Idempotency key, chosen by the publisher, unique within a channel. After a rejection a new try takes a
   * new one. 1–128 UTF-16 units, no control characters.
   */
  commandId: string;
  /** The run to close. Known by `channelId` and `runId` together. 1–128 UTF-16 units, no control characters. */
  runId: string;
  /**
   * The channel the run belongs to; equals the key of this record. 1–128 UTF-16 units, no control
   * characters.
   */
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
   * When closing was asked for; becomes `closedAt`. Milliseconds since 1970-01-01T00:00:00Z, below
   * 4102444800000.
   */
  requestedAt: number;
  /**
   * Carried through to every event and its `correlation-id` header; null: none. 1–128 UTF-16 units, no
   * control characters.
   */
  correlationId: string | null;
  /**
   * When the drinks can be picked up, carried into the summary; null: not said. Milliseconds since
   * 1970-01-01T00:00:00Z, below 4102444800000.
   */
  pickupTime: number | null;
  /** How to pick them up, carried into the summary; null: nothing to say. At most 1,000 UTF-16 units. */
  pickupNote: string | null;
  /** The participants, at most 200: one order a person. */
  orders: Order[];
};

/** The person who fetches the drinks. */
export type Runner = {
  /** Who fetches the drinks. 1–128 UTF-16 units. */
  userId: string;
  /** The same person in Slack, from the order; null: unknown. */
  slackUserId: string | null;
  /** The name to show, from the order. At most 200 UTF-16 units. */
  displayName: string;
};

/** One participant's place in the ranking. All numbers but `charge` are those before this run. */
export type RankingEntry = {
  /** Place among the eligible, from 1, who is the runner; null: not eligible, see `exclusion`. */
  rank: number | null;
  /** The participant. 1–128 UTF-16 units. */
  userId: string;
  /** The name to show, from the order. At most 200 UTF-16 units. */
  displayName: string;
  /** How many drinks this person ordered: 1–100. */
  quantity: number;
  /** Runs made in this channel, ever. */
  served: number;
  /** Runs made in the channel's last `windowRuns` closed runs, whatever the policy. */
  servedInWindow: number;
  /** Runs made minus fair share, in `unit`s: negative is behind. */
  balance: number;
  /** What this run adds to the fair share, in `unit`s. The charges of a run sum to `unit`. */
  charge: number;
  /** Sequence of the last run made in this channel; null: none yet. */
  lastServedSequence: number | null;
  /** Why the person could not be picked: `NONE`, `PREVIOUS_RUNNER` (made the last run) or `CANNOT_RUN`. */
  exclusion: 'NONE' | 'PREVIOUS_RUNNER' | 'CANNOT_RUN' | (string & Record<never, never>);
};

/** How the runner was picked, complete: the pick and every balance can be computed again from this alone. */
export type Fairness = {
  /** `fair-share`, `fair-share-weighted`, `least-recent` or `window-count`. */
  policy:
    'fair-share' | 'fair-share-weighted' | 'least-recent' | 'window-count' | (string & Record<never, never>);
  /** Version of the channel's policy that decided; 0: the defaults. */
  policyVersion: number;
  /** How many past runs a window reaches back: 1–50. */
  windowRuns: number;
  /** The channel's rule on picking the previous runner again: `strict` or `soft`. */
  repeat: 'strict' | 'soft' | (string & Record<never, never>);
  /** The command's `allowConsecutiveRunner`. */
  repeatAllowed: boolean;
  /** One whole run in the integer units of `balance` and `charge`. */
  unit: number;
  /**
   * What decided: `SOLE_ELIGIBLE`, `REPEAT_ALLOWED`, `SOFT_REPEAT`, `TIE_LOT`, `TIE_ID`, `TIE_LONGEST_AGO`,
   * `PREVIOUS_EXCLUDED` or `LOWEST`.
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
  /** Every participant: the eligible by rank, then a held previous runner, then who cannot run, by `userId`. */
  ranking: RankingEntry[];
};

/** A run was closed and its runner picked. */
export type RunClosed = {
  /** UUIDv5 of this event: the same whenever it is emitted again, so that consumers can drop repeats. */
  eventId: string;
  /** The command that led to this event. */
  commandId: string;
  /** The command's, carried through; null: it had none. */
  correlationId: string | null;
  /** The run. Known by `channelId` and `runId` together. */
  runId: string;
  /** The channel the run belongs to; the key of this record. */
  channelId: string;
  /** The channel's name to show; null: unknown. At most 200 UTF-16 units. */
  channelName: string | null;
  /** This is the n-th run closed in this channel, from 1, without gaps. */
  sequence: number;
  /** Who was picked. */
  runner: Runner;
  /** How many people took part: one for each order, 1–200. */
  participantCount: number;
  /** When the run was closed: the command's `requestedAt`. Milliseconds since 1970-01-01T00:00:00Z. */
  closedAt: number;
  /** How and why. */
  fairness: Fairness;
};

/**
 * What a channel and its runner are told about a closed run, ready to be rendered. Texts are plain: the
 * program that renders them escapes them.
 */
export type RunSummary = {
  /** UUIDv5 of this event: the same whenever it is emitted again, so that consumers can drop repeats. */
  eventId: string;
  /** The command that led to this event. */
  commandId: string;
  /** The command's, carried through; null: it had none. */
  correlationId: string | null;
  /** The run. Known by `channelId` and `runId` together. */
  runId: string;
  /** The channel the run belongs to; the key of this record. */
  channelId: string;
  /** The channel's name to show; null: unknown. At most 200 UTF-16 units. */
  channelName: string | null;
  /** This is the n-th run closed in this channel, from 1, without gaps. */
  sequence: number;
  /** When the run was closed: the command's `requestedAt`. Milliseconds since 1970-01-01T00:00:00Z. */
  closedAt: number;
  /** The command's; null: not said. Milliseconds since 1970-01-01T00:00:00Z. */
  pickupTime: number | null;
  /** The command's; null: nothing to say. At most 1,000 UTF-16 units. */
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
  /** The message to the runner: `channelText`, the total of drinks, and the reminder. */
  runnerText: string;
};

/**
 * A command was refused: the run stays open and nobody is charged. In the rejection of an invalid command,
 * ids are echoed with each control character, U+FFFD and half surrogate pair as `?`, cut to 128 UTF-16
 * units.
 */
export type RunCloseRejected = {
  /** UUIDv5 of this event: the same whenever it is emitted again, so that consumers can drop repeats. */
  eventId: string;
  /** The command that led to this event. */
  commandId: string;
  /** The command's, carried through; null: it had none. */
  correlationId: string | null;
  /** The run. Known by `channelId` and `runId` together. */
  runId: string;
  /** The channel the command names. The key of this record is the command record's, which may differ. */
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
   * The reason in English, for developers. Of an invalid command it begins with the path of the first fault.
   * Never quotes personal data.
   */
  message: string;
  /** Version of the channel's policy that decided; null: refused before any policy was read. */
  policyVersion: number | null;
  /**
   * The command's `requestedAt`; if it is below 0 or above 4102444799999, the nearer of the two.
   * Milliseconds since 1970-01-01T00:00:00Z.
   */
  rejectedAt: number;
};
