import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { Failure } from '../../processor/failure.ts';
import type { VerifiedPart } from '../../replay/verify/report.ts';
import type { WorkerMessage, WorkerTask } from './verify-worker.ts';

export type WorkersDeps = Omit<WorkerTask, 'partitions' | 'claimsPath'> & {
  readonly folder: string;
  readonly partitions: readonly number[];
  readonly signal: AbortSignal;
  readonly onProgress: (commands: number) => void;
};

/** Few are enough to read and inflate a file as fast as it comes; each reads it whole. */
const MOST_WORKERS = 4;

/** Verifies a file's partitions side by side, on as many cores as there are. */
export const verifyInWorkers = async (deps: WorkersDeps): Promise<readonly VerifiedPart[]> => {
  const { partitions, folder, signal, onProgress, ...task } = deps;
  const count = Math.min(availableParallelism(), MOST_WORKERS, partitions.length);
  const commands = Array.from({ length: count }, () => 0);
  const stop = new AbortController();
  try {
    return await Promise.all(
      commands.map((_, index) =>
        runWorker(
          {
            ...task,
            claimsPath: join(folder, String(index)),
            partitions: partitions.filter((_partition, place) => place % count === index),
          },
          AbortSignal.any([signal, stop.signal]),
          (done) => {
            commands[index] = done;
            onProgress(commands.reduce((sum, each) => sum + each, 0));
          },
        ),
      ),
    );
  } finally {
    stop.abort();
  }
};

const runWorker = (
  task: WorkerTask,
  signal: AbortSignal,
  onProgress: (commands: number) => void,
): Promise<VerifiedPart> =>
  new Promise((resolve, reject) => {
    const worker = new Worker(new URL(entry, import.meta.url), {
      workerData: task,
      // Most of what a portion makes dies young: see the processor's own setting.
      resourceLimits: { maxYoungGenerationSizeMb: 128 },
    });
    signal.addEventListener('abort', () => void worker.terminate(), { once: true });
    worker.on('message', (message: WorkerMessage) => {
      switch (message.kind) {
        case 'progress':
          onProgress(message.commands);
          break;
        case 'done':
          resolve(message.part);
          break;
        case 'failed':
          reject(new Failure(message.failure.kind, message.failure.code, message.failure.message));
          break;
      }
    });
    worker.on('error', reject);
    worker.on('exit', () =>
      reject(new Failure('fatal', 'WORKER_ENDED', 'a verifying thread has ended early')),
    );
  });

const entry = import.meta.url.endsWith('.ts') ? './verify-worker.ts' : './verify-worker.js';
