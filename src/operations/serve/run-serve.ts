import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Config } from '../../config/config.ts';
import { createLogSwitch } from '../../observability/log-level.ts';
import { createLogger, type LogDestination, logTo, type Logger } from '../../observability/logging.ts';
import { Failure } from '../../processor/failure.ts';
import { plaintextWarning } from '../servers/plaintext-warning.ts';
import { openKafka, openPrimary, openRegistry } from '../servers/servers.ts';
import { openTogether } from '../servers/open-together.ts';
import type { Work } from '../work.ts';
import { type MemberOptions, createMember } from './member.ts';
import { openEndpoints } from './endpoints.ts';
import { createServing, type Serving } from './serving.ts';
import { requireSetUp } from './startup-checks.ts';
import { startThread, type Thread, type ThreadDeps } from './threads.ts';

/** Options for tests: the product uses the defaults. */
export type ServeOptions = {
  readonly member?: MemberOptions;
  /** How a person reads the log. Without this, the log is JSON. */
  readonly terminal?: {
    /** Whether stdout is a terminal. */
    readonly isThere: boolean;
    /** Makes a line of the log readable. */
    readonly pretty: (line: string) => string;
  };
  /** The module that each thread runs if there are several workers. Like `thread.ts`, but with the same options for the member. */
  readonly thread?: URL;
};

/** How `serve` has ended. */
export type ServeEnd =
  /** `serve` ended after SIGTERM. `isDrained` is false if batches that were in flight are left to the next owner. */
  | { readonly kind: 'stopped'; readonly isDrained: boolean }
  /** `serve` ended after a failure that a retry cannot fix. The failure is logged already. */
  | { readonly kind: 'failed'; readonly failure: Failure };

/** Runs the processor until SIGTERM, or until a failure that a retry cannot fix. Then drains. Rejects if the processor cannot start. */
export const runServe = async (work: Work, options: ServeOptions): Promise<ServeEnd> => {
  const config = work.settings();
  const stdout = logTo({ fd: 1, onUnwritten: noteOnce(work) });
  const { terminal } = options;
  const isPretty =
    terminal !== undefined && (config.logFormat ?? (terminal.isThere ? 'pretty' : 'json')) === 'pretty';
  const destination: LogDestination = isPretty
    ? { write: (line) => stdout.write(terminal.pretty(line)) }
    : stdout;
  const decisions = isPretty ? 'each' : 'none';
  const instance = randomUUID();
  const logger = createLogger({
    level: config.logLevel,
    bindings: { service: config.otel.serviceName, group: config.kafka.groupId, instance },
    destination,
  });
  const plaintext = plaintextWarning(config);
  if (plaintext !== null) logger.warn(plaintext);
  const ended = endOf();
  const { workers } = config.serve;
  const threads = threadsOf(workers, {
    decisions,
    ...(options.thread && { entry: options.thread }),
    onLog: (line) => destination.write(line),
    onFatal: ended.failed,
    watch: { logger, ...(options.member?.watchLimits && { limits: options.member.watchLimits }) },
  });
  const { toggle } = createLogSwitch(logger, config.logLevel, (level) => {
    for (const thread of threads) thread.setLogLevel(level);
  });
  process.on('SIGUSR2', toggle);
  work.onClose(() => void process.off('SIGUSR2', toggle));

  const start = async (): Promise<Serving> => {
    const endpoints = await openEndpoints(config, instance);
    work.onClose(() => endpoints.close());
    const [kafka, pool, registry] = await openTogether(
      openKafka(work, config, logger),
      openPrimary(work, config),
      openRegistry(work, config),
    );
    const partitions = await requireSetUp({ config, kafka, pool, registry });
    if (workers > partitions)
      logger.warn({ workers, partitions }, 'more workers than partitions: some workers stand by');
    if (threads.length > 0) {
      // Close this pool: the threads open their own connections, and together may use as many as the setting allows.
      await pool.end();
      return createServing({
        endpoints,
        members: await Promise.all(threads.map((thread) => thread.start(endpoints.facts))),
      });
    }
    const database = (): Config['database'] => work.settings('database').database;
    const deps = {
      config,
      facts: endpoints.facts,
      kafka,
      pool,
      database,
      registry,
      logger,
      decisions,
      onFatal: ended.failed,
    } as const;
    return createServing({ endpoints, members: [await createMember({ ...options.member, ...deps })] });
  };
  // If SIGTERM arrives while `serve` still waits for a server, there is nothing to drain.
  const serving = await Promise.race([start(), ended.promise]);
  if (serving === null) return { kind: 'stopped', isDrained: true };
  if (serving instanceof Failure) throw cannotStart(serving, logger);

  let draining: Promise<boolean> | undefined;
  const drain = (): Promise<boolean> =>
    (draining ??= drainWithin(config.shutdownTimeoutSeconds, serving, logger));
  // Ctrl-C ends the command at once, but what it opened is still closed. Drain before the pool closes.
  work.onClose(async () => {
    await drain();
  });

  const early = await Promise.race([serving.join().then(() => 'joined' as const), ended.promise]);
  if (early instanceof Failure) throw cannotStart(early, logger);
  if (early !== null)
    logger.info(
      { httpPort: serving.httpPort, topicPrefix: config.topics.prefix, workers: config.serve.workers },
      'serving',
    );

  const failure = await ended.promise;
  if (failure === null) logger.info('draining, because of SIGTERM');
  else logger.fatal({ err: failure }, 'draining: cannot continue');
  const isDrained = await drain();
  return failure === null ? { kind: 'stopped', isDrained } : { kind: 'failed', failure };
};

/** Starts no thread for a single worker, which runs in the main thread. */
const threadsOf = (workers: number, deps: Omit<ThreadDeps, 'worker' | 'workers'>): readonly Thread[] =>
  workers === 1
    ? []
    : Array.from({ length: workers }, (_, index) => startThread({ ...deps, worker: index + 1, workers }));

/** Tells once that logs cannot be written. The processor continues without them. */
const noteOnce = ({ note }: Pick<Work, 'note'>): ((error: Error) => void) => {
  let isNoted = false;
  return ({ message }) => {
    if (!isNoted) note(`Logs cannot be written to stdout; serve continues without them: ${message}`);
    isNoted = true;
  };
};

const cannotStart = (failure: Failure, logger: Logger): Failure => {
  logger.fatal({ err: failure }, 'cannot start');
  return failure;
};

const drainWithin = async (seconds: number, serving: Serving, logger: Logger): Promise<boolean> => {
  const drained = await Promise.race([serving.stop(), sleep(seconds * 1000, false, { ref: false })]);
  if (drained) logger.info('drained');
  else logger.error('not drained: the next owner repeats the batches that were in flight');
  return drained;
};

/** Waits for the reason to end `serve`: SIGTERM, or a failure that a retry cannot fix. */
const endOf = () => {
  let end!: (failure: Failure | null) => void;
  const promise = new Promise<Failure | null>((resolve) => {
    end = resolve;
  });
  // Keep the listener: without one, a second SIGTERM would kill the process while it drains.
  process.on('SIGTERM', () => {
    end(null);
  });
  return {
    promise,
    failed: (failure: Failure) => {
      end(failure);
    },
  };
};
