/** Verifies some partitions of a file in a thread of its own. The main thread reads and inflates the file's blocks once for all threads. */
import { on } from 'node:events';
import { parentPort, workerData } from 'node:worker_threads';
import type { ContainerBlock } from '../../avro/container-blocks.ts';
import { readHistory } from '../../avro/history-file.ts';
import { loadSchemas } from '../../avro/schema-files.ts';
import { failureOf, type FailureKind } from '../../processor/failure.ts';
import type { HistoryFacts } from '../../replay/history.ts';
import type { VerifiedPart } from '../../replay/verify/report.ts';
import { openScratchIndex } from '../../scratch/claim-index.ts';
import { verifyPart, type Checkpoint } from './verify-part.ts';

export type WorkerTask = {
  /** The path of the file, for messages. */
  readonly path: string;
  readonly metadata: Readonly<Record<string, Uint8Array>>;
  readonly claimsPath: string;
  readonly checkpoint: Checkpoint | null;
  readonly partitions: readonly number[];
  /** True: compare with the decisions in the database that the environment names. */
  readonly comparesStored: boolean;
  readonly limit: number;
};

/** A block that all workers share: each worker reads its own partitions in it. */
export type SharedBlock = { readonly count: number; readonly values: SharedArrayBuffer };

export type WorkerMessage =
  /** The worker has taken a block, and has room for another one. */
  | { readonly kind: 'taken' }
  /** Sent once, before any progress. */
  | { readonly kind: 'resumed'; readonly commands: number }
  | { readonly kind: 'progress'; readonly commands: number }
  | { readonly kind: 'done'; readonly part: VerifiedPart }
  | { readonly kind: 'failed'; readonly failure: { kind: FailureKind; code: string; message: string } };

const port = parentPort;
if (port === null) throw new Error('this is a worker');
const tell = (message: WorkerMessage): void => port.postMessage(message);
/** Null: there are no more blocks. */
const inputs = on(port, 'message') as AsyncIterable<[SharedBlock | null]>;

async function* blocks(): AsyncGenerator<ContainerBlock, void, undefined> {
  for await (const [input] of inputs) {
    if (input === null) return;
    tell({ kind: 'taken' });
    yield { count: input.count, values: Buffer.from(input.values) };
  }
}

const work = async (task: WorkerTask): Promise<VerifiedPart> => {
  const { path, metadata, claimsPath, checkpoint, partitions, comparesStored, limit } = task;
  const wanted = new Set(partitions);
  const file = await readHistory({
    path,
    container: {
      metadata: Object.fromEntries(
        Object.entries(metadata).map(([name, bytes]) => [name, Buffer.from(bytes)]),
      ),
      blocks,
      close: () => Promise.resolve(),
    },
    schemas: loadSchemas(),
    isWanted: (partition) => wanted.has(partition),
  });
  const { facts } = file;
  const ranges = facts.ranges.filter(({ partition }) => wanted.has(partition));
  const decisions = comparesStored ? await openDecisions(facts) : null;
  const claims = await openScratchIndex(claimsPath);
  try {
    const { verification, ledgers } = await verifyPart({
      history: { ...file, facts: { ...facts, ranges } },
      start: file.ledgers,
      stored: decisions?.stored ?? null,
      claims,
      checkpoint,
      comparedFrom: new Map(),
      channelId: undefined,
      limit,
      onResumed: (commands) => tell({ kind: 'resumed', commands }),
      onProgress: (commands) => tell({ kind: 'progress', commands }),
    });
    const { listed, counts } = verification.divergences;
    return { verification: { ...verification, divergences: { listed, counts } }, ledgers };
  } finally {
    await claims.close();
    await decisions?.close();
  }
};

/** Loads on demand: loading takes 0.3 s of each thread. */
const openDecisions = async ({ clusterId, topic }: HistoryFacts) => {
  const [{ withCheckoutDefaults }, { loadConfig }, { createPool }, { createStoredDecisions }] =
    await Promise.all([
      import('../../config/checkout.ts'),
      import('../../config/config.ts'),
      import('../../postgres/pool.ts'),
      import('../../postgres/replay/stored-decisions.ts'),
    ]);
  const { env } = withCheckoutDefaults(process.env);
  const pool = await createPool(() => loadConfig(env, ['database']).database, 'runclose');
  return {
    stored: createStoredDecisions(pool, { clusterId: clusterId ?? '', topic }),
    close: () => pool.end(),
  };
};

try {
  tell({ kind: 'done', part: await work(workerData as WorkerTask) });
} catch (thrown) {
  const { kind, code, message } = failureOf(thrown);
  tell({ kind: 'failed', failure: { kind, code, message } });
}
port.close();
