import type { RunCloseRejected, RunClosed, RunSummary } from '../domain/records.ts';

/** The order of a command's events in their transaction, and of their schemas in the fingerprint of a decision. */
export const EVENT_TYPES = ['run.closed', 'run.summary', 'run.close.rejected'] as const;
export type EventType = (typeof EVENT_TYPES)[number];

/** The record type of each event type. */
export type EventOf = {
  'run.closed': RunClosed;
  'run.summary': RunSummary;
  'run.close.rejected': RunCloseRejected;
};
