// Generated from schemas/*.avsc by `npm run generate`. Do not edit: CI fails when this file and the schemas differ.

import type { TimeInput } from './time-text.ts';

/** What one person ordered. Each person has one order in a run. */
export type OrderInput = {
  /** The order, as its publisher knows it. 1–128 UTF-16 units, no control characters. */
  readonly orderId: string;
  /** Who ordered. This person may be picked to fetch the drinks. 1–128 UTF-16 units, no control characters. */
  readonly userId: string;
  /** The person's id in Slack, for mentions; null: unknown. 1–128 UTF-16 units. */
  readonly slackUserId?: string | null;
  /** The name to show. At most 200 UTF-16 units; may be empty. */
  readonly displayName: string;
  /** The drink, in the person's own words. At most 500 UTF-16 units; may be empty. */
  readonly text: string;
  /** Where the order comes from. Shown unless it is `manual`. At most 200 UTF-16 units. */
  readonly provenance?: string;
  /** When the order was placed. Milliseconds since 1970-01-01T00:00:00Z, below 4102444800000. */
  readonly submittedAt: TimeInput;
  /** Whether the person confirmed the order. Only shown: it changes no decision. */
  readonly confirmed?: boolean;
  /** How many drinks: 1–100. */
  readonly quantity?: number;
  /** Whether this person can fetch the drinks. A person who cannot is still charged a share. */
  readonly canRun?: boolean;
};

/**
 * Asks to close a coffee run and to pick who fetches the drinks. Carries everything that the decision
 * needs except the ledger and the policy of the channel.
 */
export type RunCloseRequestedInput = {
  /**
   * Idempotency key, chosen by the publisher, unique within a channel. To try again after a rejection,
   * choose a new one. 1–128 UTF-16 units, no control characters.
   */
  readonly commandId: string;
  /**
   * The run to close. `channelId` and `runId` together identify it. 1–128 UTF-16 units, no control
   * characters.
   */
  readonly runId: string;
  /** The channel of the run. Equals the key of this record. 1–128 UTF-16 units, no control characters. */
  readonly channelId: string;
  /** Shown in summaries; null: unknown. At most 200 UTF-16 units. */
  readonly channelName?: string | null;
  /** Who opened the run. 1–128 UTF-16 units, no control characters. */
  readonly initiatorUserId: string;
  /**
   * Who asks to close it: the initiator or an admin of the channel. 1–128 UTF-16 units, no control
   * characters.
   */
  readonly actorUserId: string;
  /** The previous runner may be picked again. */
  readonly allowConsecutiveRunner?: boolean;
  /**
   * When somebody asked to close the run. Becomes `closedAt` of the events. Milliseconds since
   * 1970-01-01T00:00:00Z, below 4102444800000.
   */
  readonly requestedAt: TimeInput;
  /**
   * Copied to every event and its `correlation-id` header; null: none. 1–128 UTF-16 units, no control
   * characters.
   */
  readonly correlationId?: string | null;
  /**
   * When the drinks can be picked up. Copied to the summary; null: unknown. Milliseconds since
   * 1970-01-01T00:00:00Z, below 4102444800000.
   */
  readonly pickupTime?: TimeInput | null;
  /** How to pick up the drinks. Copied to the summary; null: no note. At most 1,000 UTF-16 units. */
  readonly pickupNote?: string | null;
  /** The orders of the participants: one for each person, at most 200. */
  readonly orders: readonly OrderInput[];
};
