/**
 * Publishes commands to close runs: the record's key is the channel, so that a channel keeps its partition and its order. Each
 * command stands in its partition once, after all replicas have it. Rejects with a `Failure`: `WRONG_USE` and `INVALID_COMMAND`
 * before anything is sent; after a transient one it is unknown which commands stand in the log, and publishing them again with the
 * same command ids does no harm.
 */
import { createRecordEncoder } from '../avro/record-encoder.ts';
import type { RegistrySettings } from '../avro/registry-http.ts';
import { loadSchemas } from '../avro/schema-files.ts';
import { createSchemaIds } from '../avro/schema-ids.ts';
import { createSchemaRegistry } from '../avro/schema-registry.ts';
import { frame } from '../avro/wire-format.ts';
import type { RunCloseRequested } from '../domain/records.ts';
import { firstFault } from '../domain/validate.ts';
import { createKafka } from '../kafka/client.ts';
import type { KafkaSettings } from '../kafka/client.ts';
import { createPublisher } from '../kafka/publisher.ts';
import type { RecordPosition } from '../kafka/publisher.ts';
import { topicNames } from '../kafka/topic-names.ts';
import { Failure } from '../processor/failure.ts';
import { createCommandReader } from './command-input.ts';
import type { CommandInput } from './command-input.ts';

export type RunClosePublisherSettings = {
  readonly kafka: KafkaSettings;
  readonly registry: RegistrySettings;
  /** With its own separator: `staging.` */
  readonly topicPrefix?: string;
  /** What becomes of commands that would be rejected as `INVALID_COMMAND`. Default: `refuse`. */
  readonly invalidCommands?: 'refuse' | 'publish';
};

/** Where a command stands, and what was filled in. */
export type PublishedCommand = RecordPosition & Pick<RunCloseRequested, 'commandId' | 'requestedAt'>;

export type PublishOptions = {
  /** Written to every record: a `traceparent` is carried on to the events. */
  readonly headers?: Readonly<Record<string, string>>;
};

export interface RunClosePublisher {
  /** One result a command, in order. */
  publish(
    commands: CommandInput | readonly CommandInput[],
    options?: PublishOptions,
  ): Promise<readonly PublishedCommand[]>;
  /** Never rejects. */
  close(): Promise<void>;
}

/** Connects when it first publishes. */
export const createRunClosePublisher = (settings: RunClosePublisherSettings): RunClosePublisher => {
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

  return {
    publish: async (inputs, { headers = {} } = {}) => {
      const commands = [inputs].flat().map(readCommand);
      if (invalidCommands === 'refuse') commands.forEach(expectValid);
      const { [TOPIC]: schemaId } = await schemaIds.current();
      const records = commands.map((command) => ({
        key: Buffer.from(command.channelId),
        value: frame(schemaId, encode(command)),
        headers: Object.entries(headers),
      }));
      const positions = await publisher.publish(topic, records);
      return positions.map((position, i) => ({ ...position, ...filledIn(commands[i] as RunCloseRequested) }));
    },
    close: () => publisher.close(),
  };
};

const TOPIC = 'run.close.requested';

const expectValid = (command: RunCloseRequested): void => {
  const fault = firstFault(command, command.channelId);
  if (fault === null) return;
  throw new Failure('fatal', 'INVALID_COMMAND', `command ${command.commandId} would be rejected: ${fault}`);
};

const filledIn = ({ commandId, requestedAt }: RunCloseRequested) => ({ commandId, requestedAt });
