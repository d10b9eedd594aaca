// Generated from schemas/*.avsc by `npm run generate`. Do not edit: CI fails when this file and the schemas differ.

export type Order = {
  orderId: string;
  userId: string;
  slackUserId: string | null;
  displayName: string;
  text: string;
  provenance: string;
  submittedAt: number;
  confirmed: boolean;
  quantity: number;
  canRun: boolean;
};

export type RunCloseRequested = {
  commandId: string;
  runId: string;
  channelId: string;
  channelName: string | null;
  initiatorUserId: string;
  actorUserId: string;
  allowConsecutiveRunner: boolean;
  requestedAt: number;
  correlationId: string | null;
  pickupTime: number | null;
  pickupNote: string | null;
  orders: Order[];
};

export type Runner = {
  userId: string;
  slackUserId: string | null;
  displayName: string;
};

export type RankingEntry = {
  rank: number | null;
  userId: string;
  displayName: string;
  quantity: number;
  served: number;
  servedInWindow: number;
  balance: number;
  charge: number;
  lastServedSequence: number | null;
  exclusion: string;
};

export type Fairness = {
  policy: string;
  policyVersion: number;
  windowRuns: number;
  repeat: string;
  repeatAllowed: boolean;
  unit: number;
  reason: string;
  explanation: string;
  ranking: RankingEntry[];
};

export type RunClosed = {
  eventId: string;
  commandId: string;
  correlationId: string | null;
  runId: string;
  channelId: string;
  channelName: string | null;
  sequence: number;
  runner: Runner;
  participantCount: number;
  closedAt: number;
  fairness: Fairness;
};

export type RunSummary = {
  eventId: string;
  commandId: string;
  correlationId: string | null;
  runId: string;
  channelId: string;
  channelName: string | null;
  sequence: number;
  closedAt: number;
  pickupTime: number | null;
  pickupNote: string | null;
  runner: Runner;
  orders: Order[];
  participantCount: number;
  totalDrinks: number;
  remindersEnabled: boolean;
  reminderOffsetMinutes: number;
  fairnessExplanation: string;
  channelText: string;
  runnerText: string;
};

export type RunCloseRejected = {
  eventId: string;
  commandId: string;
  correlationId: string | null;
  runId: string;
  channelId: string;
  actorUserId: string;
  reason: string;
  message: string;
  policyVersion: number | null;
  rejectedAt: number;
};
