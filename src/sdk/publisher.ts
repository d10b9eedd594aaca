/**
 * Publishes commands to close runs. The record's key is the channel, so all commands of a channel go to one partition, in order. When
 * `publish` resolves, all in-sync replicas have each command, and its partition holds it once. Rejects with a `Failure`: `WRONG_USE`,
 * `INVALID_COMMAND` or `PUBLISHER_CLOSED` before anything is sent, otherwise a `PublishFailure` with the commands to publish again.
 */
import { createRecordEncoder } from '../avro/record-encoder.ts';
import type { RegistrySettings } from '../avro/registry-login.ts';
import { loadSchemas, type RecordSchemas } from '../avro/schema-files.ts';
import { createSchemaIds } from '../avro/schema-ids.ts';
import type { SchemaRegistry } from '../avro/schema-registry.ts';
import { frame } from '../wire/frame.ts';
import type { RunCloseRequested } from '../domain/records.ts';
import type { KafkaSettings } from '../kafka/client/client.ts';
import { settledWithinMs } from '../kafka/client/deadline.ts';
import { onAbort } from '../kafka/client/on-abort.ts';
import type { CommandName, FoundOutcome } from '../kafka/outcomes/outcome.ts';
import type { Publisher, RecordPosition } from '../kafka/produce/publisher.ts';
import { publisherClosed } from '../kafka/produce/publisher-closed.ts';
import { topicNames } from '../kafka/names/topic-names.ts';
import { Failure, failureOf } from '../processor/failure.ts';
import { traceSending } from './application-tracing.ts';
import {
  expectCloseAndWaitOptions,
  expectCommandName,
  expectPublishOptions,
  expectSearchOptions,
} from './call-check.ts';
import type { Clock } from './clock.ts';
import type { CloseResult, PublishedCommand } from './close-result.ts';
import { createCloseAndWait, DEFAULT_TIMEOUT_MS, type WaitOptions } from './close-and-wait.ts';
import { createCommandReader, type CommandInput } from './command-input.ts';
import type { Outcomes } from './outcomes.ts';
import { PublishFailure } from './publish-failure.ts';
import { createSendQueue, type OutgoingCommand } from './send-queue.ts';
import { expectPublisherSettings } from './settings-check.ts';
import { expectValid } from './valid-command.ts';
import { processWarnings, type WarningLogger } from './warnings.ts';

export type RunClosePublisherSettings = {
  readonly kafka: KafkaSettings;
  readonly registry: RegistrySettings;
  /** Includes the separator: `staging.` */
  readonly topicPrefix?: string;
  /** What to do with commands that the processor would reject as `INVALID_COMMAND`. Default: `refuse`. */
  readonly invalidCommands?: 'refuse' | 'publish';
  /** The consumer group of `serve` (`KAFKA_GROUP_ID`): its offsets tell which commands are duplicates. Default: `runclose`. */
  readonly processorGroupId?: string;
  /** Gets warnings. Default: Node's process warnings. */
  readonly logger?: WarningLogger;
};

export type PublishOptions = {
  /**
   * Written to every record. The events continue the trace of a `traceparent`. If the application uses OpenTelemetry, the publisher writes
   * one itself.
   */
  readonly headers?: Readonly<Record<string, string>>;
};

export type SearchOptions = Pick<WaitOptions, 'signal'> & {
  /** For how long to repeat a search that failed because a server is away, in milliseconds. Default: 30,000. */
  readonly timeout?: number;
};

export interface RunClosePublisher extends AsyncDisposable {
  /** Resolves with one result for each command, in order. If partitions are added, the publisher uses them within ten seconds. */
  publish(
    commands: CommandInput | readonly CommandInput[],
    options?: PublishOptions,
  ): Promise<readonly PublishedCommand[]>;
  /**
   * Publishes one command and resolves with what became of it, or with the outcome `timeout`. Any number of commands may wait at the same
   * time. Rejects as `publish` does. A `PublishFailure` with the outcome `published` says that the wait was aborted, that the publisher was
   * closed, or that the outcomes cannot be read.
   */
  closeAndWait(command: CommandInput, options?: PublishOptions & WaitOptions): Promise<CloseResult>;
  /**
   * What became of a command; undefined if no topic holds an outcome. Reads the events and dead letters of the command's partition from the
   * newest back to the outcome, so asking for an old command takes long. Without an outcome, it reads the outputs whole. While a server is
   * away or a partition has no leader, it searches again; rejects with the failure when that lasts longer than the timeout.
   */
  outcomeOf(command: CommandName, options?: SearchOptions): Promise<FoundOutcome | undefined>;
  /**
   * Waits up to three seconds for commands that are being sent, then closes the connections. If a broker does not answer, closing takes some
   * seconds more. Later calls reject, and so do calls that still wait for an outcome. Never rejects.
   */
  close(): Promise<void>;
}

/** The servers behind a publisher. */
export type PublisherServers = {
  readonly registry: SchemaRegistry;
  readonly publisher: Pick<Publisher, 'publish' | 'close'>;
  readonly outcomes: Outcomes;
  readonly clock: Clock;
};

/** The settings with which a publisher connects to its servers. */
export type PublisherConnection = Required<
  Pick<RunClosePublisherSettings, 'kafka' | 'registry' | 'topicPrefix' | 'processorGroupId' | 'logger'>
> & { readonly schemas: RecordSchemas };

/**
 * A publisher for any servers. Throws `WRONG_USE`, which names every setting that cannot work.
 * @param connect is called only with settings that can work
 */
export const createPublisherFor = (
  settings: RunClosePublisherSettings,
  connect: (connection: PublisherConnection) => PublisherServers,
): RunClosePublisher => {
  expectPublisherSettings(settings);
  const { topicPrefix = '', invalidCommands = 'refuse' } = settings;
  const { processorGroupId = 'runclose', logger = processWarnings } = settings;
  const schemas = loadSchemas();
  const { registry, publisher, outcomes, clock } = connect({
    kafka: settings.kafka,
    registry: settings.registry,
    topicPrefix,
    processorGroupId,
    logger,
    schemas,
  });
  const readCommand = createCommandReader(schemas, clock);
  const encode = createRecordEncoder<RunCloseRequested>(schemas[TOPIC].type);
  const schemaIds = createSchemaIds({ registry, schemas, topicPrefix, topics: [TOPIC] });
  const topic = topicNames(topicPrefix).requested;
  const inFlight = new Set<Promise<unknown>>();
  const closing = new AbortController();
  const isClosed = (): boolean => closing.signal.aborted;

  const send = async (outgoing: readonly OutgoingCommand[]): Promise<readonly RecordPosition[]> => {
    let outcome: PublishFailure['outcome'] = 'not sent';
    try {
      const { [TOPIC]: schemaId } = await schemaIds.current();
      const records = outgoing.map(({ command, headers }) => ({
        key: Buffer.from(command.channelId),
        value: frame(schemaId, encode(command)),
        headers: Object.entries(headers),
      }));
      outcome = 'unknown';
      return await publisher.publish(topic, records);
    } catch (error) {
      const failure = failureOf(error);
      throw new PublishFailure(
        failure,
        outgoing.map(({ command }) => command),
        UNSENT.has(failure.code) ? 'not sent' : outcome,
      );
    }
  };

  const readValid = (input: unknown): RunCloseRequested => {
    if (isClosed()) throw publisherClosed();
    const command = readCommand(input);
    if (invalidCommands === 'refuse') expectValid(command);
    return command;
  };

  const queue = createSendQueue({
    begin: () => outcomes.watch.begin(),
    publish: send,
    failureFor: (thrown, command) =>
      thrown instanceof PublishFailure
        ? new PublishFailure(thrown, [command], thrown.outcome)
        : new PublishFailure(failureOf(thrown), [command], 'not sent'),
  });
  const wait = createCloseAndWait({
    send: (outgoing, signal) =>
      traceSending({ topic, count: 1 }, outgoing.headers, (headers) =>
        queue.send({ ...outgoing, headers }, signal),
      ),
    watch: outcomes.watch,
    clock,
  });

  const close = async (): Promise<void> => {
    closing.abort();
    const deadline = performance.now() + CLOSING_MS;
    await settledWithinMs(CLOSING_MS, Promise.all([...inFlight, queue.idle()]));
    queue.abandon(publisherClosed());
    await Promise.all([outcomes.close(), publisher.close(Math.max(0, deadline - performance.now()))]);
  };

  return {
    publish: async (inputs, options = {}) => {
      if (isClosed()) throw publisherClosed();
      expectPublishOptions(options);
      const { headers = {} } = options;
      const commands = [inputs].flat().map(readValid);
      const sending = traceSending({ topic, count: commands.length }, headers, (all) =>
        send(commands.map((command) => ({ command, headers: all }))),
      );
      const settled = sending.catch(() => undefined).finally(() => inFlight.delete(settled));
      inFlight.add(settled);
      const positions = await sending;
      return positions.map((position, i) => ({ ...position, ...filledIn(commands[i] as RunCloseRequested) }));
    },
    closeAndWait: async (input, options = {}) => {
      const command = readValid(input);
      expectCloseAndWaitOptions(options);
      return wait({ command, headers: options.headers ?? {} }, options);
    },
    outcomeOf: async (command, options = {}) => {
      if (isClosed()) throw publisherClosed();
      expectCommandName(command);
      expectSearchOptions(options);
      const { signal, timeout = DEFAULT_TIMEOUT_MS } = options;
      const ended = new AbortController();
      const end = (): void => {
        ended.abort();
      };
      const forget = [onAbort(signal, end), onAbort(closing.signal, end)];
      try {
        const found = await outcomes.last(command, ended.signal, timeout);
        if (found !== undefined || !ended.signal.aborted) return found;
        throw searchAborted(command, signal?.reason);
      } catch (thrown) {
        throw isClosed() ? publisherClosed() : failureOf(thrown);
      } finally {
        for (const each of forget) each();
      }
    },
    close,
    [Symbol.asyncDispose]: close,
  };
};

const TOPIC = 'run.close.requested';
const CLOSING_MS = 3_000;
/** Failures that the publisher throws before it sends anything. */
const UNSENT = new Set(['KAFKA_TOPIC_MISSING', 'PUBLISHER_CLOSED']);

const searchAborted = ({ channelId, commandId }: CommandName, cause: unknown): Failure => {
  const message = `the search for the outcome of command ${commandId} of channel ${channelId} was aborted`;
  return new Failure('fatal', 'WAIT_ABORTED', message, { cause });
};

const filledIn = ({ commandId, requestedAt }: RunCloseRequested) => ({ commandId, requestedAt });
