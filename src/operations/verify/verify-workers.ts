import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { ContainerBlock } from '../../avro/container-blocks.ts';
import { openHistoryContainer } from '../../avro/history-file.ts';
import { Failure } from '../../processor/failure.ts';
import type { VerifiedPart } from '../../replay/verify/report.ts';
import type { Checkpoint } from './verify-part.ts';
import type { SharedBlock, WorkerMessage, WorkerTask } from './verify-worker.ts';

export type WorkersDeps = Omit<WorkerTask, 'partitions' | 'claimsPath' | 'checkpoint' | 'metadata'> & {
  readonly checkpointOf: (name: string) => Checkpoint | null;
  readonly folder: string;
  readonly partitions: readonly number[];
  readonly signal: AbortSignal;
  readonly onResumed: (commands: number) => void;
  readonly onProgress: (commands: number) => void;
};

/** More workers would only wait for the one thread that reads the file. */
const MAX_WORKERS = 8;
/** Holds the garbage of one portion. Measured: nearly nothing survives a collection, so 96 MB were no faster, and took 75 MB more. */
const YOUNG_MB = 48;
/** How many blocks may wait in a worker. A block has a quarter of a megabyte. */
const MAX_WAITING = 4;

export const workersFor = ({ length }: readonly number[]): number =>
  Math.min(availableParallelism(), MAX_WORKERS, length);

/** Verifies the partitions of a file in parallel, on several cores. */
export const verifyInWorkers = async (deps: WorkersDeps): Promise<readonly VerifiedPart[]> => {
  const { partitions, folder, checkpointOf, signal, onResumed, onProgress, ...task } = deps;
  const count = workersFor(partitions);
  const container = await openHistoryContainer(task.path);
  const commands = Array.from({ length: count }, () => 0);
  const sum = (): number => commands.reduce((total, each) => total + each, 0);
  let [silent, passedOver] = [count, 0];
  const workers = commands.map((_, index) =>
    startWorker(
      {
        ...task,
        metadata: container.metadata,
        claimsPath: join(folder, String(index)),
        checkpoint: checkpointOf(String(index)),
        partitions: partitions.filter((_partition, place) => place % count === index),
      },
      {
        onResumed: (before) => {
          commands[index] = before;
          passedOver += before;
          silent -= 1;
          // Do not use the sum of `commands` here: some workers may have verified more commands by now.
          if (silent === 0) onResumed(passedOver);
        },
        onProgress: (done) => {
          commands[index] = done;
          onProgress(sum());
        },
      },
    ),
  );
  const stop = (): void => workers.forEach((worker) => worker.stop());
  signal.addEventListener('abort', stop, { once: true });
  try {
    const feeding = (async () => {
      for await (const block of container.blocks()) {
        const shared = shareBlock(block);
        await Promise.all(workers.map((worker) => worker.feed(shared)));
      }
      await Promise.all(workers.map((worker) => worker.feed(null)));
    })();
    const [parts] = await Promise.all([Promise.all(workers.map(({ result }) => result)), feeding]);
    return parts;
  } finally {
    signal.removeEventListener('abort', stop);
    stop();
    await container.close();
  }
};

/** Copies a block once, into memory that all workers share. */
const shareBlock = ({ count, values }: ContainerBlock): SharedBlock => {
  const shared = new SharedArrayBuffer(values.length);
  Buffer.from(shared).set(values);
  return { count, values: shared };
};

type RunningWorker = {
  readonly result: Promise<VerifiedPart>;
  /** Resolves when the worker can take another block. Null: there are no more blocks. */
  feed(block: SharedBlock | null): Promise<void>;
  stop(): void;
};

const startWorker = (
  task: WorkerTask,
  { onResumed, onProgress }: Pick<WorkersDeps, 'onResumed' | 'onProgress'>,
): RunningWorker => {
  const worker = new Worker(ENTRY, {
    workerData: task,
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
  });
  let waiting = 0;
  let wake: () => void = () => undefined;
  const result = new Promise<VerifiedPart>((resolve, reject) => {
    worker.on('message', (message: WorkerMessage) => {
      switch (message.kind) {
        case 'taken':
          waiting -= 1;
          wake();
          break;
        case 'resumed':
          onResumed(message.commands);
          break;
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
    worker.on('exit', () => {
      wake();
      reject(new Failure('fatal', 'WORKER_ENDED', 'a verifying thread has ended early'));
    });
  });
  result.catch(() => wake());
  return {
    result,
    feed: async (block) => {
      worker.postMessage(block);
      if (block === null) return;
      waiting += 1;
      if (waiting < MAX_WAITING) return;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    },
    stop: () => void worker.terminate(),
  };
};

const ENTRY = new URL('./verify-worker.js', import.meta.url);

/** False if the program runs from its sources: then there is no compiled worker. */
export const hasWorkers = (): boolean => existsSync(ENTRY);
