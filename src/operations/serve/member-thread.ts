/** Runs one member of the group in a thread of its own. The main thread controls it with questions. */
import { parentPort, workerData } from 'node:worker_threads';
import { loadSchemas } from '../../avro/schema-files.ts';
import { createSchemaRegistry } from '../../avro/schema-registry.ts';
import { withCheckoutDefaults } from '../../config/checkout.ts';
import { type Config, loadConfig } from '../../config/config.ts';
import type { Environment } from '../../config/variable-texts.ts';
import { createKafka } from '../../kafka/client/client.ts';
import type { MemberFacts } from '../../kafka/consume/member-facts.ts';
import type { DecisionLog } from '../../observability/logging-observer.ts';
import { createLogger, type Logger, type LogLevel } from '../../observability/logging.ts';
import { createPool } from '../../postgres/pool.ts';
import { type FailureMessage, messageOf } from './failure-message.ts';
import { type Member, type MemberOptions, createMember } from './member.ts';

export type ThreadTask = {
  /** From 1. */
  readonly worker: number;
  readonly workers: number;
  readonly decisions: DecisionLog;
};

/** `start` builds the member. All other questions call the method of the member with that name. */
export type Ask = { readonly ask: 'start'; readonly facts: MemberFacts } | { readonly ask: keyof Member };

export type Question = Ask & { readonly id: number };

/** The main thread follows a signal, which only the main thread gets. */
export type LevelOrder = { readonly logLevel: LogLevel };

export type ThreadMessage =
  | { readonly kind: 'answer'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'failed'; readonly id: number; readonly failure: FailureMessage }
  /** A line of the log. Only the main thread writes, so that lines stay whole. */
  | { readonly kind: 'log'; readonly line: string }
  | { readonly kind: 'fatal'; readonly failure: FailureMessage };

/** Answers the main thread's questions until the main thread ends this thread. */
export const runMemberThread = (options: MemberOptions = {}): void => {
  const port = parentPort;
  if (port === null) throw new Error('this is a thread of serve');
  const tell = (message: ThreadMessage): void => port.postMessage(message);
  let member: Member | undefined;
  let logger: Logger | undefined;
  let level: LogLevel | undefined;

  const answer = async (question: Ask): Promise<unknown> => {
    if (question.ask === 'start') {
      const { facts } = question;
      const task = workerData as ThreadTask;
      const { env } = withCheckoutDefaults(process.env);
      const config = loadConfig(env);
      logger = createLogger({
        level: level ?? config.logLevel,
        bindings: {
          service: config.otel.serviceName,
          group: config.kafka.groupId,
          instance: facts.instance,
          worker: task.worker,
        },
        destination: { write: (line) => tell({ kind: 'log', line }) },
      });
      member = await build(task, { env, config, facts, logger }, options, tell);
      return undefined;
    }
    if (member === undefined) throw new Error(`${question.ask} was asked before start`);
    return member[question.ask]();
  };

  port.on('message', (message: Question | LevelOrder) => {
    if ('logLevel' in message) {
      level = message.logLevel;
      if (logger !== undefined) logger.level = level;
      return;
    }
    const { id } = message;
    answer(message).then(
      (value) => tell({ kind: 'answer', id, value }),
      (thrown: unknown) => tell({ kind: 'failed', id, failure: messageOf(thrown) }),
    );
  });
};

type Surroundings = {
  readonly env: Environment;
  readonly config: Config;
  readonly facts: MemberFacts;
  readonly logger: Logger;
};

/** Checks nothing: the main thread has already checked that the servers are reachable and set up. */
const build = async (
  { worker, workers, decisions }: ThreadTask,
  { env, config, facts, logger }: Surroundings,
  options: MemberOptions,
  tell: (message: ThreadMessage) => void,
): Promise<Member> => {
  const kafka = createKafka(
    { ...config.kafka, clientId: `${config.kafka.clientId}-${String(worker)}` },
    logger,
  );
  // Read the settings for each new connection, because passwords and certificates may be renewed while `serve` runs.
  const database = () => loadConfig(env, ['database']).database;
  const pool = await createPool(() => {
    const settings = database();
    return { ...settings, poolSize: Math.floor(settings.poolSize / workers) };
  }, 'runclose');
  const member = await createMember({
    ...options,
    config,
    facts,
    kafka,
    pool,
    database,
    registry: {
      registry: createSchemaRegistry(config.registry),
      schemas: loadSchemas(),
      topicPrefix: config.topics.prefix,
    },
    logger,
    decisions,
    onFatal: (failure) => tell({ kind: 'fatal', failure: messageOf(failure) }),
  });
  return {
    ...member,
    close: async () => {
      await member.close();
      await pool.end();
    },
  };
};
