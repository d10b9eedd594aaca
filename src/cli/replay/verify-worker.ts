/** Verifies some of a file's partitions in a thread of its own. */
import { parentPort, workerData } from 'node:worker_threads';
import { openHistoryFile } from '../../avro/history-file.ts';
import { loadSchemas } from '../../avro/schema-files.ts';
import { createPool, type PostgresSettings } from '../../postgres/pool.ts';
import { createStoredDecisions } from '../../postgres/replay/stored-decisions.ts';
import { failureOf, type FailureKind } from '../../processor/failure.ts';
import type { VerifiedPart } from '../../replay/verify/report.ts';
import { openScratchIndex } from '../../scratch/claim-index.ts';
import { verifyPart } from './verify-part.ts';

export type WorkerTask = {
  readonly path: string;
  readonly claimsPath: string;
  readonly partitions: readonly number[];
  /** Null: stored decisions are not compared. */
  readonly database: PostgresSettings | null;
  readonly limit: number;
};

export type WorkerMessage =
  | { readonly kind: 'progress'; readonly commands: number }
  | { readonly kind: 'done'; readonly part: VerifiedPart }
  | { readonly kind: 'failed'; readonly failure: { kind: FailureKind; code: string; message: string } };

const tell = (message: WorkerMessage): void => parentPort?.postMessage(message);

const work = async ({ path, claimsPath, partitions, database, limit }: WorkerTask): Promise<VerifiedPart> => {
  const wanted = new Set(partitions);
  const file = await openHistoryFile(path, loadSchemas(), (partition) => wanted.has(partition));
  const { facts } = file;
  const ranges = facts.ranges.filter(({ partition }) => wanted.has(partition));
  const pool = database === null ? null : await createPool(database, 'runclose');
  const scope = { clusterId: facts.clusterId ?? '', topic: facts.topic };
  const claims = await openScratchIndex(claimsPath);
  try {
    const { verification, ledgers } = await verifyPart({
      history: { ...file, facts: { ...facts, ranges } },
      start: file.ledgers,
      stored: pool && createStoredDecisions(pool, scope),
      claims,
      channelId: undefined,
      limit,
      onProgress: (commands) => tell({ kind: 'progress', commands }),
    });
    const { listed, counts } = verification.divergences;
    return { verification: { ...verification, divergences: { listed, counts } }, ledgers };
  } finally {
    await claims.close();
    await pool?.end();
    await file.close();
  }
};

try {
  tell({ kind: 'done', part: await work(workerData as WorkerTask) });
} catch (thrown) {
  const { kind, code, message } = failureOf(thrown);
  tell({ kind: 'failed', failure: { kind, code, message } });
}
