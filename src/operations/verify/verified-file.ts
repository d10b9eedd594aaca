import { openHistoryFile } from '../../avro/history-file.ts';
import { loadSchemas } from '../../avro/schema-files.ts';
import { wrongUse } from '../../processor/failure.ts';
import { fromPositions } from '../../replay/from-positions.ts';
import type { HistoryFacts } from '../../replay/history.ts';
import { onlyChannel } from '../../replay/only-channel.ts';
import { requireComplete, requireWithin } from '../history/completeness.ts';
import { openSnapshotFile } from '../history/snapshots.ts';
import type { Work } from '../work.ts';
import type { FileDecisions } from './file-decisions.ts';
import { BEFORE_SNAPSHOT, verificationIdentity, type Verified, type VerifyOptions } from './verified.ts';
import { fileIdentity, openVerifyState } from './verify-state.ts';
import { hasWorkers, workersFor } from './verify-workers.ts';

/** Opens a file of `replay export`, and the stored decisions on its commands. */
export const openVerifiedFile = async (
  work: Work,
  path: string,
  options: VerifyOptions,
): Promise<Verified> => {
  if (options.from !== undefined || options.to !== undefined)
    throw wrongUse('leave out --from and --to: a file is always read as a whole');
  const file = await openHistoryFile(path, loadSchemas());
  work.onClose(() => file.close());
  const { topic, ranges, withEvents } = file.facts;
  // Check for ledgers, too: an export of no commands has the same ranges as a snapshot, but no ledgers.
  if (file.ledgers.length > 0 && ranges.every(({ from, to }) => from === to))
    throw wrongUse(`${path} is a snapshot: \`runclose replay verify --prove ${path}\` verifies it`);
  const channelId = options.channel ?? file.facts.channelId;
  const start = options.snapshot === undefined ? null : await openSnapshotFile(options.snapshot);
  if (start !== null) requireWithin(topic, ranges, start);
  else if (file.ledgers.length === 0) requireComplete(topic, ranges);
  const { stored, snapshot, unchecked } = await openDecisions(work, file.facts, options);
  const partitions = ranges.map(({ partition }) => partition);
  const whole = start === null ? file : fromPositions(file, start.positions);
  return {
    history: channelId === undefined ? whole : onlyChannel(whole, channelId),
    start: start?.ledgers ?? file.ledgers,
    stored,
    comparedFrom: new Map(),
    snapshot: options.prove === undefined ? snapshot : await openSnapshotFile(options.prove),
    unchecked: [
      ...(withEvents ? [] : ['events: the file was exported without them']),
      ...(start === null ? [] : [BEFORE_SNAPSHOT]),
      ...unchecked,
    ],
    state:
      options.state === undefined
        ? null
        : await openVerifyState(work, options.state, {
            ...(await fileIdentity('file', path)),
            ...(await verificationIdentity(options)),
            database: stored !== null,
            'number of threads': hasWorkers() ? workersFor(partitions) : 1,
          }),
  };
};

/** Loads the database's client on demand. */
const openDecisions = async (
  work: Work,
  facts: HistoryFacts,
  { database }: VerifyOptions,
): Promise<FileDecisions> =>
  database
    ? (await import('./file-decisions.ts')).openStoredDecisionsOf(work, facts)
    : {
        stored: null,
        snapshot: null,
        unchecked: ['stored decisions and ledgers: --no-database leaves Postgres out'],
      };
