import { z } from 'zod';
import { count, counts, divergence, line, list, position, text } from './shapes.ts';

export const divergenceLine = line({
  kind: z.enum(['divergence', 'contradiction', 'difference']),
  ...divergence,
});

export const verified = line({
  kind: z.literal('summary'),
  commands: count,
  outcomes: line({ closed: count, rejected: count, duplicates: count, deadLetters: count }),
  channels: count,
  compared: line({ events: count, decisions: count, ledgers: count }),
  forgotten: line({ everybody: count, somePeople: count }),
  divergences: count,
  counts,
  unchecked: list(text),
});

export const eventDivergence = line({
  kind: z.literal('divergence'),
  code: text,
  channelId: text,
  runId: text,
  sequence: z.number(),
  position: position.nullable(),
  field: text,
  userId: text.nullable(),
  expected: z.unknown(),
  found: z.unknown(),
});

export const eventsVerified = line({
  kind: z.literal('summary'),
  divergences: count,
  counts,
  events: count,
  decided: count,
  forgotten: count,
  channels: count,
  beginInTheMiddle: list(line({ channelId: text, first: count })),
  channelsWithPeopleGiven: count,
  peopleGiven: count,
  windowsGiven: count,
  unreadable: list(position),
});

export const rebuilt = line({
  kind: z.literal('summary'),
  channels: count,
  closed: count,
  rejected: count,
  duplicates: count,
  channelId: text.nullable(),
  contradictions: count,
  differences: count,
  counts,
  exchanged: z.boolean(),
  pauseMs: z.number().nullable(),
  policiesOfFile: count,
  unchecked: list(text),
  reportFile: text,
});

/**
 * The number of records with each fate. `doubled`: the same event stands earlier in the source. `copies`: a replay wrote the record.
 * `strays`: no processor emitted the record.
 */
const fates = { sent: count, sentBefore: count, doubled: count, purged: count, copies: count, strays: count };

export const emitted = line({
  replay: text,
  to: text,
  done: z.boolean(),
  partitioning: z.enum(['same', 'by-key']),
  ...fates,
  unchecked: list(text),
  partitions: list(
    line({ topic: text, partition: count, from: count, to: count, ...fates, otherChannels: count }),
  ),
});

const person = { channelId: text, userId: text };
const figures = line({
  worstDeviation: line({ ...person, runs: z.number() }).nullable(),
  meanDeviation: z.number(),
  longestDrought: line({ ...person, runs: count }).nullable(),
  roles: list(line({ role: text, people: count, made: count, fairShare: z.number() })),
});
export const whatIf = line({
  changes: z.record(z.union([text, count])),
  runs: count,
  channels: count,
  picksChanged: count,
  runsByWindow: count,
  examples: list(line({ channelId: text, runId: text, sequence: count, was: text, whatIf: text })),
  was: figures,
  whatIf: figures,
  people: list(line({ ...person, attended: count, was: z.number(), whatIf: z.number() })),
  beginInTheMiddle: count,
  missingRuns: count,
  channelsWithMissingRuns: count,
  unreadable: list(position),
});
