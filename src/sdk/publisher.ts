/**
 * Publishes commands to close runs. The record's key is the channel, so all commands of a channel go to one partition, in order. When
 * `publish` resolves, all in-sync replicas have each command, and its partition holds it once. Rejects with a `Failure`: `WRONG_USE`,
 * `INVALID_COMMAND` or `PUBLISHER_CLOSED` before anything is sent, otherwise a `PublishFailure` with the commands to publish again.
 */
import { createRecordEncoder } from '../avro/record-encoder.ts';
import type { RegistrySettings } from '../avro/registry-login.ts';
import { loadSchemas } from '../avro/schema-files.ts';
import { createSchemaIds } from '../avro/schema-ids.ts';
import { createSchemaRegistry } from '../avro/schema-registry.ts';
import { frame } from '../wire/frame.ts';
import type { RunCloseRequested } from '../domain/records.ts';
import { firstFault } from '../domain/validate.ts';
import { createKafka, type KafkaSettings } from '../kafka/client/client.ts';
import { settledWithinMs } from '../kafka/client/deadline.ts';
import { createPublisher, publisherClosed, type RecordPosition } from '../kafka/produce/publisher.ts';
import { topicNames } from '../kafka/names/topic-names.ts';
import { Failure, failureOf } from '../processor/failure.ts';
import { traceSending } from './application-tracing.ts';
import { createCommandReader, type CommandInput } from './command-input.ts';
import { PublishFailure } from './publish-failure.ts';
import { expectPublisherSettings } from './settings-check.ts';

export type RunClosePublisherSettings = {
  readonly kafka: KafkaSettings;
  readonly registry: RegistrySettings;
  /** Includes the separator: `staging.` */
  readonly topicPrefix?: string;
  /** What to do with commands that the processor would reject as `INVALID_COMMAND`. Default: `refuse`. */
  readonly invalidCommands?: 'refuse' | 'publish';
};

/** The position of a command in the log, and the fields that the publisher may have filled in. */
export type PublishedCommand = RecordPosition & Pick<RunCloseRequested, 'commandId' | 'requestedAt'>;

export type PublishOptions = {
  /**
   * Written to every record. The events continue the trace of a `traceparent`. If the application uses OpenTelemetry, the publisher writes
   * one itself.
   */
  readonly headers?: Readonly<Record<string, string>>;
};

export interface RunClosePublisher {
  /** Resolves with one result for each command, in order. If partitions are added, the publisher uses them within ten seconds. */
  publish(
    commands: CommandInput | readonly CommandInput[],
    options?: PublishOptions,
  ): Promise<readonly PublishedCommand[]>;
  /** Waits up to three seconds for commands in flight. Later calls of `publish` reject. Never rejects. */
  close(): Promise<void>;
}

/** The publisher connects when it first publishes. Throws `WRONG_USE`, which names every setting that cannot work. */
export const createRunClosePublisher = (settings: RunClosePublisherSettings): RunClosePublisher => {
  expectPublisherSettings(settings);
  const { kafka, registry, topicPrefix = '', invalidCommands = 'refuse' } = settings;
  const schemas = loadSchemas();
  const readCommand = createCommandReader(schemas);
  const encode = createRecordEncoder<RunCloseRequested>(schemas[TOPIC].type);
  const schemaIds = createSchemaIds({
    registry: createSchemaRegistry(registry),
    schemas,
    topicPrefix,
    topics: [TOPIC],
  });
  const publisher = createPublisher(createKafka(kafka));
  const topic = topicNames(topicPrefix).requested;
  const inFlight = new Set<Promise<unknown>>();
  let isClosed = false;

  const send = async (
    commands: readonly RunCloseRequested[],
    headers: Readonly<Record<string, string>>,
  ): Promise<readonly RecordPosition[]> => {
    const tries = { outcome: 'not sent' as PublishFailure['outcome'] };
    try {
      const { [TOPIC]: schemaId } = await schemaIds.current();
      const records = commands.map((command) => ({
        key: Buffer.from(command.channelId),
        value: frame(schemaId, encode(command)),
        headers: Object.entries(headers),
      }));
      tries.outcome = 'unknown';
      return await publisher.publish(topic, records);
    } catch (error) {
      const failure = failureOf(error);
      const outcome = UNSENT.has(failure.code) ? 'not sent' : tries.outcome;
      throw new PublishFailure(failure, commands, outcome);
    }
  };

  return {
    publish: async (inputs, { headers = {} } = {}) => {
      if (isClosed) throw publisherClosed();
      const commands = [inputs].flat().map(readCommand);
      if (invalidCommands === 'refuse') commands.forEach(expectValid);
      expectTexts(headers);
      const sending = traceSending({ topic, count: commands.length }, headers, (all) => send(commands, all));
      const settled = sending.catch(() => undefined).finally(() => inFlight.delete(settled));
      inFlight.add(settled);
      const positions = await sending;
      return positions.map((position, i) => ({ ...position, ...filledIn(commands[i] as RunCloseRequested) }));
    },
    close: async () => {
      isClosed = true;
      await settledWithinMs(CLOSING_MS, Promise.all(inFlight));
      await publisher.close();
    },
  };
};

const TOPIC = 'run.close.requested';
const CLOSING_MS = 3_000;
/** Failures that the publisher throws before it sends anything. */
const UNSENT = new Set(['KAFKA_TOPIC_MISSING', 'PUBLISHER_CLOSED']);

const expectValid = (command: RunCloseRequested): void => {
  const fault = firstFault(command, command.channelId);
  if (fault === null) return;
  throw new Failure('fatal', 'INVALID_COMMAND', `command ${command.commandId} would be rejected: ${fault}`);
};

const expectTexts = (headers: Readonly<Record<string, unknown>>): void => {
  const faults = Object.entries(headers).flatMap(([name, value]) =>
    typeof value === 'string' ? [] : [`headers.${name} is not a text`],
  );
  if (faults.length > 0) throw new Failure('fatal', 'WRONG_USE', faults.join('; '));
};

const filledIn = ({ commandId, requestedAt }: RunCloseRequested) => ({ commandId, requestedAt });
