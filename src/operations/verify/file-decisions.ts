import { ConfigError } from '../../config/config-error.ts';
import { hasLeases, listLeases } from '../../postgres/lease/leases.ts';
import type { Database } from '../../postgres/pool.ts';
import { readLedgerSnapshot } from '../../postgres/replay/ledger-snapshot.ts';
import { createStoredDecisions } from '../../postgres/replay/stored-decisions.ts';
import { Failure } from '../../processor/failure.ts';
import type { HistoryFacts } from '../../replay/history.ts';
import type { LedgerSnapshot, StoredDecisions } from '../../replay/ports.ts';
import { openDatabase } from '../servers/servers.ts';
import type { Work } from '../work.ts';

export type FileDecisions = {
  readonly stored: StoredDecisions | null;
  readonly snapshot: LedgerSnapshot | null;
  readonly unchecked: readonly string[];
};

/** Opens the stored decisions on a file's history, if Postgres answers and belongs to the same installation. */
export const openStoredDecisionsOf = async (work: Work, facts: HistoryFacts): Promise<FileDecisions> => {
  const without = (why: string): FileDecisions => ({
    stored: null,
    snapshot: null,
    unchecked: [`stored decisions and ledgers: ${why}`],
  });
  if (facts.pseudonymised || facts.clusterId === null) return without('the file is pseudonymised');
  const pool = await openOptional(work);
  if (typeof pool === 'string') return without(pool);

  if (!(await hasLeases(pool))) return without('the database of DATABASE_URL has no tables of RunClose');
  const { clusterId, topic } = facts;
  const leases = new Map(
    (await listLeases(pool, topic))
      .filter((lease) => lease.clusterId === clusterId)
      .map(({ partition, nextOffset }) => [partition, nextOffset ?? 0]),
  );
  if (leases.size === 0) return without(`Postgres knows nothing of ${topic} in cluster ${clusterId}`);
  if (facts.ranges.some(({ partition, to }) => (leases.get(partition) ?? 0) < to))
    return without('Postgres has not reached the end of the file');

  const stored = createStoredDecisions(pool, { clusterId, topic });
  const snapshot = await readLedgerSnapshot(pool, { clusterId, topic });
  return facts.ranges.every(({ partition, to }) => (snapshot.positions.get(partition) ?? 0) === to)
    ? { stored, snapshot, unchecked: [] }
    : {
        stored,
        snapshot: null,
        unchecked: ['ledgers: the ledgers in Postgres include commands after the end of the file'],
      };
};

/** Opens the database, or says why there is none. The database is optional here, so this does not wait for it. */
const openOptional = async (work: Work): Promise<Database | string> => {
  try {
    const config = work.settings('database');
    return await openDatabase(work, { ...config, startupTimeoutSeconds: 0 });
  } catch (error) {
    if (error instanceof ConfigError) return 'DATABASE_URL is not set';
    if (error instanceof Failure && error.code === 'SERVER_UNREACHABLE') return error.message;
    throw error;
  }
};
