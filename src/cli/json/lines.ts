/**
 * Schemas of the objects that each command prints with `--json`, one object a line. A test checks real output against them
 * (`test/integration/cli/json-lines.test.ts`). In the commands, `satisfies LineOf<…>` finds a field that is missing in a
 * line, or that the schema does not have. If the line is a whole result of `src/operations`, as in `status`, `satisfies SchemaOf<…>` at the
 * schema finds a new field. Only the test finds one where neither stands.
 */
import { z } from 'zod';
import { POLICY_NAMES, REPEAT_RULES } from '../../domain/channel-policy.ts';
import { deadLetter, deadLetterBucket, redriven } from './dlq-lines.ts';
import * as replay from './replay-lines.ts';
import * as run from './run-lines.ts';
import { findingLine, healthLine, settingLine } from './setting-lines.ts';
import { count, line, list, position, positionShape, text, time } from './shapes.ts';

const channelPolicy = {
  channelId: text,
  version: count,
  enabled: z.boolean(),
  policy: z.enum(POLICY_NAMES),
  windowRuns: count,
  repeat: z.enum(REPEAT_RULES),
  adminUserIds: list(text),
  remindersEnabled: z.boolean(),
  reminderOffsetMinutes: count,
  retentionDays: count,
};
const settingChanges = list(line({ setting: text, from: z.unknown(), to: z.unknown() }));

const tally = { forgotten: count, notYetEmitted: count, ofRetiredCluster: count, unreadable: count };
const forgettingLine = z.discriminatedUnion('kind', [
  line({ kind: z.literal('channel'), channelId: text, ...tally }),
  line({ kind: z.literal('policyChanges'), forgotten: count, done: z.boolean() }),
  line({ kind: z.literal('skips'), forgotten: count, done: z.boolean() }),
  line({ kind: z.literal('summary'), ...tally, done: z.boolean() }),
]);

/** By the command's name. `serve` prints no data: its logs are always JSON. */
export const JSON_LINES = {
  serve: z.never(),
  setup: z.union([
    line({ server: z.enum(['postgres', 'kafka', 'registry']), change: text }),
    line({ format: z.enum(['kafka-acls', 'strimzi', 'sql']), text }),
  ]),
  request: z.union([run.commandOutcome, run.publishedCommand]),
  preview: run.preview,
  tail: run.topicRecord,
  explain: z.union([run.explanation, run.unstoredExplanation, run.skippedExplanation]),
  fairness: z.union([run.standing, run.nextRunner]),
  status: z.union([run.partitionStatus, run.watchedStatus]),
  config: settingLine,
  health: healthLine,
  doctor: findingLine,
  'channel get': line(channelPolicy),
  'channel set': line({ ...channelPolicy, changed: z.boolean(), changes: settingChanges }),
  'channel history': line({
    ...channelPolicy,
    by: text,
    changedAt: time,
    afterRevision: count,
    changes: settingChanges,
  }),
  'adopt-cluster': line({ clusterId: text, topic: text, retired: list(text), done: z.boolean() }),
  'adopt-topics': line({
    topic: text,
    partition: count,
    adopts: z.enum(['input', 'outputs']),
    decidedBefore: count.nullable(),
    emittedBefore: count.nullable(),
    done: z.boolean(),
  }),
  skip: line({ ...positionShape, by: text.nullable(), done: z.boolean() }),
  'accept-gap': line({ topic: text, partition: count, from: count, to: count, done: z.boolean() }),
  'replay verify': z.union([
    replay.divergenceLine,
    replay.eventDivergence,
    replay.verified,
    replay.eventsVerified,
  ]),
  'replay rebuild': z.union([replay.divergenceLine, replay.rebuilt]),
  'replay export': line({ file: text, commands: count, emitted: count, policies: count, leftOut: count }),
  'replay snapshot': line({ file: text, channels: count, positions: list(position) }),
  'replay emit': replay.emitted,
  'replay what-if': replay.whatIf,
  'dlq list': deadLetterBucket,
  'dlq show': deadLetter,
  'dlq redrive': redriven,
  purge: forgettingLine,
  forget: forgettingLine,
} satisfies Readonly<Record<string, z.ZodTypeAny>>;

/** The objects that a command prints. */
export type LineOf<Command extends keyof typeof JSON_LINES> = z.infer<(typeof JSON_LINES)[Command]>;
