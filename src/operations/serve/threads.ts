/**
 * The main thread's side of the group members that run in threads. If a thread ends by itself, for example because of a bug or because its
 * memory is used up, the process must end, and `onFatal` is called.
 */
import { getHeapStatistics } from 'node:v8';
import { Worker } from 'node:worker_threads';
import { withinMs } from '../../kafka/client/deadline.ts';
import type { MemberFacts } from '../../kafka/consume/member-facts.ts';
import type { HealthReport } from '../../observability/health.ts';
import type { DecisionLog } from '../../observability/logging-observer.ts';
import type { LogLevel } from '../../observability/logging.ts';
import type { MetricValues } from '../../observability/metrics.ts';
import { Failure, failureOf } from '../../processor/failure.ts';
import { watchAnswers } from './answer-watch.ts';
import { failureFrom } from './failure-message.ts';
import type { MemberStatus } from './instance-status.ts';
import type { Member } from './member.ts';
import type { Ask, LevelOrder, Question, ThreadMessage, ThreadTask } from './member-thread.ts';
import type { StandstillWatchDeps } from './standstill-watch.ts';
import { createTeardown } from './teardown.ts';
import { systemCode } from '../../processor/system-code.ts';

export type ThreadDeps = {
  /** From 1. */
  readonly worker: number;
  readonly workers: number;
  readonly decisions: DecisionLog;
  /** The module that the thread runs. */
  readonly entry?: URL;
  readonly onLog: (line: string) => void;
  readonly onFatal: (failure: Failure) => void;
  readonly watch: Pick<StandstillWatchDeps, 'logger' | 'limits'>;
};

export type Thread = {
  /** Builds the member. */
  start(facts: MemberFacts): Promise<Member>;
  setLogLevel(level: LogLevel): void;
};

const ENTRY = new URL('./thread.js', import.meta.url);

/** The kubelet and `runclose health` wait for five seconds. */
const LIVE_MS = 3_000;
const METRICS_MS = 3_000;
/** Longer, because the thread asks Postgres and the registry, and waits if one of them does not answer. */
const READY_MS = 15_000;

/** Starts the thread at once: loading its modules takes longer than anything else at the start. */
export const startThread = ({
  worker,
  workers,
  decisions,
  entry = ENTRY,
  onLog,
  onFatal,
  watch,
}: ThreadDeps): Thread => {
  const thread = new Worker(entry, {
    workerData: { worker, workers, decisions } satisfies ThreadTask,
    // Divide the heap limit: V8 limits each thread by itself, so all threads together could use a multiple of the limit of one process.
    resourceLimits: {
      maxOldGenerationSizeMb: Math.floor(getHeapStatistics().heap_size_limit / MB / workers),
    },
  });
  const waiting = new Map<number, Waiting>();
  let asked = 0;
  let isClosing = false;
  let gone: Failure | null = null;
  const teardown = createTeardown();

  const ask = <T>(question: Ask): Promise<T> =>
    new Promise((resolve, reject) => {
      if (gone !== null) {
        reject(gone);
        return;
      }
      asked += 1;
      waiting.set(asked, { resolve: resolve as Waiting['resolve'], reject });
      thread.postMessage({ id: asked, ...question } satisfies Question);
    });

  const fail = (failure: Failure): void => {
    if (gone !== null) return;
    gone = failure;
    void teardown.run();
    for (const { reject } of waiting.values()) reject(failure);
    waiting.clear();
    if (!isClosing) onFatal(failure);
  };

  const settleQuestion = (id: number, settle: (asker: Waiting) => void): void => {
    const asker = waiting.get(id);
    waiting.delete(id);
    if (asker !== undefined) settle(asker);
  };

  thread.on('message', (message: ThreadMessage) => {
    switch (message.kind) {
      case 'answer':
        settleQuestion(message.id, ({ resolve }) => resolve(message.value));
        break;
      case 'failed':
        settleQuestion(message.id, ({ reject }) => reject(failureFrom(message.failure)));
        break;
      case 'log':
        onLog(message.line);
        break;
      case 'fatal':
        onFatal(failureFrom(message.failure));
        break;
    }
  });
  thread.on('error', (error) => fail(crashOf(worker, error)));
  thread.on('exit', (code) => fail(exitOf(worker, code)));

  /** Rejects with `WORKER_SILENT` if the thread does not answer in time. */
  const askWithin = <T>(ms: number, question: keyof Member): Promise<T> =>
    withinMs(ms, ask<T>({ ask: question }), () => noAnswer(worker));
  const askReport = (ms: number, question: 'live' | 'ready'): Promise<HealthReport> =>
    askWithin<HealthReport>(ms, question).catch((thrown: unknown) => silentReport(failureOf(thrown)));
  let lastMetrics: MetricValues = [];
  let lastStatus: MemberStatus = { state: 'silent', breakers: null, partitions: [] };

  const member: Member = {
    join: () => ask({ ask: 'join' }),
    leave: () => ask<boolean>({ ask: 'leave' }).catch(() => false),
    live: () => askReport(LIVE_MS, 'live'),
    ready: () => askReport(READY_MS, 'ready'),
    metrics: async () => {
      // If a thread does not answer, use its last values: without them, all counters of the process would fall.
      lastMetrics = await askWithin<MetricValues>(METRICS_MS, 'metrics').catch(() => lastMetrics);
      return lastMetrics;
    },
    status: async () => {
      lastStatus = await askWithin<MemberStatus>(LIVE_MS, 'status').catch(() => ({
        ...lastStatus,
        state: 'silent',
      }));
      return lastStatus;
    },
    close: async () => {
      isClosing = true;
      await ask({ ask: 'close' }).catch(() => undefined);
      await thread.terminate();
    },
  };
  return {
    setLogLevel: (logLevel) => {
      thread.postMessage({ logLevel } satisfies LevelOrder);
    },
    start: async (facts) => {
      await ask({ ask: 'start', facts });
      const answers = watchAnswers({
        ...watch,
        worker,
        ask: () => ask({ ask: 'live' }),
        onStandstill: onFatal,
      });
      teardown.add(() => answers.stop());
      return member;
    },
  };
};

type Waiting = { readonly resolve: (value: unknown) => void; readonly reject: (failure: Failure) => void };

const MB = 1_048_576;

const silentReport = ({ code, message }: Failure): HealthReport => ({
  status: 'failing',
  checks: [{ name: 'progress', status: 'failing', detail: `${code}: ${message}` }],
});

const noAnswer = (worker: number): Failure =>
  new Failure('transient', 'WORKER_SILENT', `worker ${String(worker)} does not answer`);

const crashOf = (worker: number, error: unknown): Failure =>
  systemCode(error) === 'ERR_WORKER_OUT_OF_MEMORY'
    ? new Failure(
        'fatal',
        'WORKER_OUT_OF_MEMORY',
        `worker ${String(worker)} has used up its memory: give the process more memory, or lower SERVE_WORKERS`,
      )
    : new Failure(
        'fatal',
        'WORKER_CRASHED',
        `worker ${String(worker)} crashed: ${failureOf(error).message}`,
        { cause: error },
      );

const exitOf = (worker: number, code: number): Failure =>
  new Failure(
    'fatal',
    'WORKER_ENDED',
    `worker ${String(worker)} ended by itself, with exit code ${String(code)}`,
  );
