import type { Config } from '../../config/config.ts';
import type { Database } from '../../postgres/pool.ts';
import { readLedgerSnapshot } from '../../postgres/replay/ledger-snapshot.ts';
import { readPolicyVersions } from '../../postgres/replay/policy-versions.ts';
import { createStoredDecisions } from '../../postgres/replay/stored-decisions.ts';
import { onlyChannel } from '../../replay/only-channel.ts';
import type { LedgerSnapshot } from '../../replay/ports.ts';
import { requireComplete, requireWithin, unemittedText, waitUntilEmitted } from '../history/completeness.ts';
import { openSnapshotFile } from '../history/snapshots.ts';
import { openTopicSource, type TopicSource } from '../history/topic-source.ts';
import { openDatabase } from '../servers/servers.ts';
import type { Work } from '../work.ts';
import { readInputs, writeInputs, type VerificationInputs } from './verification-inputs.ts';
import { BEFORE_SNAPSHOT, verificationIdentity, type Verified, type VerifyOptions } from './verified.ts';
import { openVerifyState, type VerifyState } from './verify-state.ts';

/** Opens the topics of this installation and its stored decisions, up to one moment. A resumed run keeps the moment of the first run. */
export const openVerifiedTopics = async (work: Work, options: VerifyOptions): Promise<Verified> => {
  const config = work.settings('kafka', 'registry', 'database');
  const pool = await openDatabase(work, config);
  const source = await openTopicSource(work, config);
  const start = options.snapshot === undefined ? null : await openSnapshotFile(options.snapshot);
  const state = await openState(work, source, config, options);
  const inputs =
    (state && (await readInputs(state.folder))) ?? (await begin(work, source, pool, start, options));
  const { ranges, outputs, policies, comparedFrom, snapshot } = inputs;
  const history = source.history(ranges, outputs, policies);
  if (state !== null) await writeInputs(work, state.folder, history.facts, inputs);
  return {
    history: options.channel === undefined ? history : onlyChannel(history, options.channel),
    start: start?.ledgers ?? [],
    stored: createStoredDecisions(pool, { clusterId: source.clusterId, topic: source.topic }),
    comparedFrom,
    snapshot,
    unchecked: [
      ...(snapshot === null ? ['the ledgers in Postgres: they include commands after --to'] : []),
      ...(start === null ? [] : [BEFORE_SNAPSHOT]),
    ],
    state,
  };
};

const openState = async (
  work: Work,
  { clusterId, topic }: TopicSource,
  { kafka }: Config<'kafka'>,
  options: VerifyOptions,
): Promise<VerifyState | null> =>
  options.state === undefined
    ? null
    : openVerifyState(work, options.state, {
        'cluster id': clusterId,
        topic,
        'group id': kafka.groupId,
        ...(await verificationIdentity(options)),
      });

/** Fixes the end of the verification now, because the processors keep working. */
const begin = async (
  work: Work,
  source: TopicSource,
  pool: Database,
  start: LedgerSnapshot | null,
  options: VerifyOptions,
): Promise<VerificationInputs> => {
  const snapshot =
    options.prove !== undefined
      ? await openSnapshotFile(options.prove)
      : options.to === undefined
        ? await readLedgerSnapshot(pool, { clusterId: source.clusterId, topic: source.topic })
        : null;
  if (snapshot !== null) {
    const unemitted = await waitUntilEmitted(work, source, snapshot.positions);
    if (unemitted.length > 0)
      work.note(`Verifying anyway, although ${unemittedText(unemitted)}. Is a processor running?`);
  }
  const ranges = await source.ranges(
    start === null ? { kind: 'earliest' } : { kind: 'positions', offsets: start.positions },
    snapshot === null
      ? (options.to ?? { kind: 'committed' })
      : { kind: 'positions', offsets: snapshot.positions },
  );
  if (start === null) requireComplete(source.topic, ranges);
  else requireWithin(source.topic, ranges, start);
  const compared = options.from === undefined ? [] : await source.ranges(options.from, { kind: 'latest' });
  return {
    ranges,
    outputs: await source.outputRanges(ranges),
    comparedFrom: new Map(compared.map(({ partition, from }) => [partition, from])),
    // Read the policies after the end is fixed: every policy that decided below the end is among them.
    policies: await readPolicyVersions(pool),
    snapshot,
  };
};
