import type { TopicRole } from '../names/topic-names.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const MIB = 1024 * 1024;
const ANY = '9223372036854775807';

/** The settings that `setup` applies and `doctor` compares, by Kafka's names. `fulfils` says which of them a topic may exceed. */
export const topicSettings = (
  role: TopicRole,
  replicationFactor: number,
): Readonly<Record<string, string>> => ({
  'cleanup.policy': 'delete',
  'retention.ms': String((role === 'requested' ? 30 : 90) * DAY_MS),
  'max.message.bytes': String((role === 'requested' ? 1 : 8) * MIB),
  'message.timestamp.type': role === 'requested' ? 'LogAppendTime' : 'CreateTime',
  // A dead letter keeps its record's timestamp, however odd. Brokers before 3.6 know only the last of these settings.
  ...(role === 'deadLetters' && {
    'message.timestamp.before.max.ms': ANY,
    'message.timestamp.after.max.ms': ANY,
    'message.timestamp.difference.max.ms': ANY,
  }),
  ...(replicationFactor >= 3 && { 'min.insync.replicas': '2' }),
});

/** Settings of which a topic may have more than `setup` asks for. An operator may have raised them, and lowering them deletes or refuses records. */
const AT_LEAST: ReadonlySet<string> = new Set(['retention.ms', 'max.message.bytes', 'min.insync.replicas']);

type ComparedSetting = { readonly setting: string; readonly actual: string; readonly wanted: string };

/** True if a topic's setting is as `setup` wants it. A retention of -1 keeps records for ever. */
export const fulfils = ({ setting, actual, wanted }: ComparedSetting): boolean =>
  actual === wanted ||
  (AT_LEAST.has(setting) &&
    (Number(actual) > Number(wanted) || (setting === 'retention.ms' && actual === '-1')));
