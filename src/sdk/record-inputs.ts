// Generated from schemas/*.avsc by `npm run generate`. Do not edit: CI fails when this file and the schemas differ.

import type { TimeInput } from './time-text.ts';

/** What one person ordered. One order a person and run. */
export type OrderInput = {
  /** The order, as its publisher knows it. 1–128 UTF-16 units, no control characters. */
  readonly orderId: string;
  /** Who ordered, and may be picked to run. 1–128 UTF-16 units, no control characters. */
  readonly userId: string;
  /** The same person in Slack, to be mentioned there; null: unknown. 1–128 UTF-16 units. */
  readonly slackUserId?: string | null;
  /** The name to show. At most 200 UTF-16 units; may be empty. */
  readonly displayName: string;
  /** The drink, in the words of the person. At most 500 UTF-16 units; may be empty. */
  readonly text: string;
  /** Where the order comes from, shown where it is not `manual`. At most 200 UTF-16 units. */
  readonly provenance?: string;
  /** When the order was placed. Milliseconds since 1970-01-01T00:00:00Z, below 4102444800000. */
  readonly submittedAt: TimeInput;
  /** Whether the person confirmed the order. Shown only; decides nothing. */
  readonly confirmed?: boolean;
  /** How many drinks: 1–100. */
  readonly quantity?: number;
  /** Whether this person can fetch the drinks. Who cannot is still charged a share. */
  readonly canRun?: boolean;
};

/**
 * Asks to close a coffee run and to pick who fetches the drinks. Carries everything the decision needs
 * beside the ledger of the channel.
 */
export type RunCloseRequestedInput = {
  /**
   * Idempotency key, chosen by the publisher, unique within a channel. After a rejection a new try takes a
   * new one. 1–128 UTF-16 units, no control characters.
   */
  readonly commandId: string;
  /** The run to close. Known by `channelId` and `runId` together. 1–128 UTF-16 units, no control characters. */
  readonly runId: string;
  /**
   * The channel the run belongs to; equals the key of this record. 1–128 UTF-16 units, no control
   * characters.
   */
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
   * When closing was asked for; becomes `closedAt`. Milliseconds since 1970-01-01T00:00:00Z, below
   * 4102444800000.
   */
  readonly requestedAt: TimeInput;
  /**
   * Carried through to every event and its `correlation-id` header; null: none. 1–128 UTF-16 units, no
   * control characters.
   */
  readonly correlationId?: string | null;
  /**
   * When the drinks can be picked up, carried into the summary; null: not said. Milliseconds since
   * 1970-01-01T00:00:00Z, below 4102444800000.
   */
  readonly pickupTime?: TimeInput | null;
  /** How to pick them up, carried into the summary; null: nothing to say. At most 1,000 UTF-16 units. */
  readonly pickupNote?: string | null;
  /** The participants, at most 200: one order a person. */
  readonly orders: readonly OrderInput[];
};
