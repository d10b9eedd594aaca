/** Writes what a maintainer would ask for, into a file that only its owner can read. It has no secrets and no personal data. */
import { access, open, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileNotWritten } from '../../avro/history-file-writer.ts';
import { withCheckoutDefaults } from '../../config/checkout.ts';
import type { Environment } from '../../config/variable-texts.ts';
import { topicNames } from '../../kafka/names/topic-names.ts';
import { lookAtTopics } from '../../kafka/topics/topics.ts';
import { withoutCredentials } from '../../observability/logging.ts';
import { listLeases } from '../../postgres/lease/leases.ts';
import { failureOf, wrongUse } from '../../processor/failure.ts';
import { settingsInForce } from '../config/settings-in-force.ts';
import { askHealth, askMetrics, type HealthReport } from '../health/ask-health.ts';
import { openDatabase, openKafka } from '../servers/servers.ts';
import { withoutWaiting } from '../servers/without-waiting.ts';
import { groupStatus } from '../status/status.ts';
import { version } from '../version.ts';
import type { Work } from '../work.ts';
import type { Finding } from './findings.ts';

/** Call this before the work, so that no work is lost if the file is refused. */
export const refuseToOverwrite = async (path: string): Promise<void> => {
  const isThere = await access(path).then(
    () => true,
    () => false,
  );
  if (isThere) throw wrongUse(`${path} is there already: name a new file`);
  if ((await stat(dirname(path)).catch(() => undefined))?.isDirectory() !== true)
    throw wrongUse(`${path} cannot be written: there is no folder ${dirname(path)}`);
};

export type BundleDeps = {
  readonly path: string;
  readonly env: Environment;
  readonly findings: readonly Finding[];
  readonly readHealth: (answer: unknown) => HealthReport | null;
};

export const writeBundle = async (
  work: Work,
  { path, env, findings, readHealth }: BundleDeps,
): Promise<void> => {
  const quiet: Work = { ...work, note: () => undefined };
  const unlessFails = async <T>(part: () => Promise<T>): Promise<T | { readonly failed: string }> => {
    try {
      return await part();
    } catch (thrown) {
      return { failed: failureOf(thrown).message };
    }
  };
  // Do not wait again for a server that is away: the findings already name it.
  const config = withoutWaiting(quiet);
  const group = groupStatus(config);
  const [topics, status, instances, leases, serve] = await Promise.all([
    unlessFails(() => topicsIn(config)),
    unlessFails(async () => (await group).statuses),
    unlessFails(async () => (await group).instances),
    unlessFails(() => leasesIn(config)),
    unlessFails(() => servingFacts(config, readHealth)),
  ]);
  const content = {
    versions: { runclose: version, node: process.version, platform: `${process.platform} ${process.arch}` },
    writtenAt: new Date().toISOString(),
    settings: settingsWithoutSecrets(env),
    findings,
    topics,
    status,
    instances,
    leases,
    serve,
  };
  const redacted = (_: string, value: unknown): unknown =>
    typeof value === 'string' ? withoutCredentials(value) : value;
  await writeNewFile(path, `${JSON.stringify(content, redacted, 2)}\n`);
};

const settingsWithoutSecrets = (env: Environment) =>
  settingsInForce(withCheckoutDefaults(env)).settings.map(({ value, from, ...setting }) => ({
    ...setting,
    from,
    value: value === null && from !== 'unset' && setting.problem === null ? '***' : value,
  }));

const topicsIn = async (work: Work) => {
  const config = work.settings('kafka');
  const { states, brokers } = await lookAtTopics(
    await openKafka(work, config),
    Object.values(topicNames(config.topics.prefix)),
  );
  const topics = [...states].map(([topic, { settings, ...state }]) => ({
    topic,
    ...state,
    settings: Object.fromEntries(settings),
  }));
  return { brokers, topics };
};

const leasesIn = async (work: Work) => {
  const config = work.settings('database');
  return listLeases(await openDatabase(work, config), topicNames(config.topics.prefix).requested);
};

/** The `serve` on this machine, if there is one. */
const servingFacts = async (work: Work, readHealth: BundleDeps['readHealth']) => {
  const { http } = work.settings('http');
  const [live, ready] = await Promise.all([
    askHealth(http, 'live', readHealth),
    askHealth(http, 'ready', readHealth),
  ]);
  return { live, ready, metrics: (await askMetrics(http)).split('\n') };
};

const writeNewFile = async (path: string, text: string): Promise<void> => {
  try {
    const file = await open(path, 'wx', 0o600);
    try {
      await file.writeFile(text);
    } finally {
      await file.close();
    }
  } catch (cause) {
    throw fileNotWritten(path, cause);
  }
};
