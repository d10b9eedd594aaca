import { setTimeout as sleep } from 'node:timers/promises';
import { createLogger, logTo, type Logger } from '../observability/logging.ts';
import { Failure } from '../processor/failure.ts';
import type { CommandContext } from './frame/cli.ts';
import { EXIT, exitCodeOf } from './frame/exit-codes.ts';
import { plaintextWarning } from './frame/plaintext.ts';
import { type MemberOptions, startMember } from '../operations/serve/member.ts';
import { startServing, type Serving } from '../operations/serve/serving.ts';
import { requireSetUp } from '../operations/serve/startup-checks.ts';
import { startThread, type Thread, type ThreadDeps } from '../operations/serve/threads.ts';
import { openPrimary, openKafka, openRegistry } from '../operations/servers/servers.ts';
import { together } from '../operations/servers/together.ts';
import type { AddCommand } from './frame/run.ts';

/** Options for tests: the product uses the defaults. */
export type ServeOptions = {
  readonly member?: MemberOptions;
  /** The module that each thread runs if there are several workers. Like `thread.ts`, but with the same options for the member. */
  readonly thread?: URL;
};

export const createServe =
  (options: ServeOptions = {}): AddCommand =>
  (cli) => {
    cli
      .command('serve', 'Run the processor until SIGTERM, then drain', [
        'runclose serve',
        'KAFKA_GROUP_ID=runclose-blue HTTP_PORT=8081 LOG_LEVEL=debug runclose serve',
      ])
      .action(cli.perform((context) => run(context, options)));
  };

const run = async (context: CommandContext, options: ServeOptions): Promise<number> => {
  const config = context.settings();
  const destination = logTo({ fd: 1, onUnwritten: noteOnce(context) });
  const logger = createLogger({
    level: config.logLevel,
    bindings: { service: config.otel.serviceName, group: config.kafka.groupId },
    destination,
  });
  const plaintext = plaintextWarning(config);
  if (plaintext !== null) logger.warn(plaintext);
  const ended = endOf();

  const start = async (): Promise<Serving> => {
    const { workers } = config.serve;
    const threads = threadsOf(workers, {
      ...(options.thread && { entry: options.thread }),
      onLog: (line) => destination.write(line),
      onFatal: ended.failed,
      watch: { logger, ...(options.member?.watchLimits && { limits: options.member.watchLimits }) },
    });
    const [kafka, pool, registry] = await together(
      openKafka(context, config, logger),
      openPrimary(context, config),
      openRegistry(context, config),
    );
    const partitions = await requireSetUp({ config, kafka, pool, registry });
    if (workers > partitions)
      logger.warn({ workers, partitions }, 'more workers than partitions: some workers stand by');
    if (threads.length > 0) {
      // Close this pool: the threads open their own connections, and together may use as many as the setting allows.
      await pool.end();
      return startServing({ http: config.http, members: await Promise.all(threads.map((it) => it.start())) });
    }
    const member = { ...options.member, config, kafka, pool, registry, logger, onFatal: ended.failed };
    return startServing({ http: config.http, members: [await startMember(member)] });
  };
  // If SIGTERM arrives while `serve` still waits for a server, there is nothing to drain.
  const serving = await Promise.race([start(), ended.promise]);
  if (serving === null) return EXIT.done;
  if (serving instanceof Failure) throw cannotStart(serving, logger);

  let draining: Promise<boolean> | undefined;
  const drain = (): Promise<boolean> =>
    (draining ??= drainWithin(config.shutdownTimeoutSeconds, serving, logger));
  // Ctrl-C ends the command at once, but what it opened is still closed. Drain before the pool closes.
  context.onClose(async () => {
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
  const drained = await drain();
  if (failure !== null) return exitCodeOf(failure);
  return drained ? EXIT.done : EXIT.failed;
};

/** Starts no thread for a single worker, which runs in the main thread. */
const threadsOf = (workers: number, deps: Omit<ThreadDeps, 'worker' | 'workers'>): readonly Thread[] =>
  workers === 1
    ? []
    : Array.from({ length: workers }, (_, index) => startThread({ ...deps, worker: index + 1, workers }));

/** Tells once that logs cannot be written. The processor continues without them. */
const noteOnce = ({ output }: CommandContext): ((error: Error) => void) => {
  let isNoted = false;
  return ({ message }) => {
    if (!isNoted) output.note(`Logs cannot be written to stdout; serve continues without them: ${message}`);
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
