/** The internals of kafkajs 2.2.4 that this program uses beyond the public types. Offsets are decimal strings. */
import type { ISocketFactory, KafkaConfig, logCreator, Logger } from 'kafkajs';

export type FetchedMessage = {
  readonly offset: string;
  readonly timestamp: string;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers?: object;
  /** Why the record cannot be read: see patches/record-batches.ts. */
  readonly unreadable?: string;
};

export type PartitionData = {
  readonly partition: number;
  readonly highWatermark: string;
  readonly lastStableOffset: string;
  readonly messages: readonly unknown[];
};

export type FetchRequest = {
  readonly isolationLevel: 0 | 1;
  readonly maxWaitTime: number;
  readonly minBytes: number;
  readonly maxBytes: number;
  readonly topics: readonly {
    readonly topic: string;
    readonly partitions: readonly {
      readonly partition: number;
      readonly fetchOffset: string;
      readonly maxBytes: number;
    }[];
  }[];
};

export type Broker = {
  readonly nodeId: number;
  /** By the key of each request, the versions that the broker named when it was connected; null before. */
  readonly versions: Readonly<
    Record<number, { readonly minVersion: number; readonly maxVersion: number } | undefined>
  > | null;
  readonly connectionPool: { send(request: object): Promise<unknown> };
  fetch(request: FetchRequest): Promise<{
    readonly responses: readonly {
      readonly topicName: string;
      readonly partitions: readonly PartitionData[];
    }[];
  }>;
  listOffsets(request: {
    readonly isolationLevel: 0 | 1;
    readonly topics: readonly {
      readonly topic: string;
      readonly partitions: readonly { readonly partition: number; readonly timestamp: number }[];
    }[];
  }): Promise<{
    readonly responses: readonly {
      readonly topic: string;
      readonly partitions: readonly { readonly partition: number; readonly offset: string }[];
    }[];
  }>;
  metadata(topics: readonly string[]): Promise<{
    readonly clusterId: string;
    readonly brokers: readonly { readonly nodeId: number; readonly host: string; readonly port: number }[];
    readonly topicMetadata: readonly {
      readonly topic: string;
      readonly partitionMetadata: readonly {
        readonly partitionId: number;
        readonly replicas: readonly number[];
      }[];
    }[];
  }>;
  createTopics(request: {
    readonly topics: readonly {
      readonly topic: string;
      readonly numPartitions: number;
      readonly replicationFactor: number;
    }[];
    readonly validateOnly: boolean;
    readonly timeout: number;
  }): Promise<unknown>;
  describeConfigs(request: {
    readonly resources: readonly { readonly type: number; readonly name: string }[];
    readonly includeSynonyms: boolean;
  }): Promise<unknown>;
  offsetFetch(request: {
    readonly groupId: string;
    readonly topics: readonly {
      readonly topic: string;
      readonly partitions: readonly { partition: number }[];
    }[];
  }): Promise<{
    readonly responses: readonly {
      readonly partitions: readonly { readonly partition: number; readonly offset: string }[];
    }[];
  }>;
};

export type Cluster = {
  readonly brokerPool: { findConnectedBroker(): Promise<Broker> };
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  refreshMetadata(): Promise<void>;
  refreshMetadataIfNecessary(): Promise<void>;
  addMultipleTargetTopics(topics: readonly string[]): Promise<void>;
  getNodeIds(): readonly string[];
  removeBroker(address: { readonly host: string; readonly port: number }): void;
  findControllerBroker(): Promise<Broker>;
  findBroker(id: { readonly nodeId: string }): Promise<Broker>;
  findGroupCoordinator(group: {
    readonly groupId: string;
    readonly coordinatorType?: number;
  }): Promise<Broker>;
  findTopicPartitionMetadata(topic: string): readonly {
    readonly partitionId: number;
    /** -1: no leader. */
    readonly leader: number;
  }[];
  findLeaderForPartitions(
    topic: string,
    partitions: readonly number[],
  ): Readonly<Record<string, readonly number[]>>;
};

export type ClusterOptions = {
  readonly logger: Logger;
  readonly brokers: readonly string[];
  readonly clientId: string;
  readonly ssl: KafkaConfig['ssl'];
  readonly sasl: KafkaConfig['sasl'];
  readonly socketFactory: ISocketFactory;
  readonly connectionTimeout: number;
  readonly requestTimeout: number;
  readonly enforceRequestTimeout: true;
  readonly metadataMaxAge: number;
  readonly retry: object;
  readonly allowAutoTopicCreation: false;
};

export type ClusterClass = new (options: ClusterOptions) => Cluster;

/** The records of one partition in one fetch, without aborted records and markers. */
export type FetchedBatch = {
  readonly messages: readonly FetchedMessage[];
  lastOffset(): string;
};

export type BatchClass = new (topic: string, fetchedOffset: string, data: PartitionData) => FetchedBatch;

export type LoggerFactory = (options: { readonly level: number; readonly logCreator: logCreator }) => Logger;

/** One step of a login, and the broker's answer. */
export type SaslStep = {
  readonly request: { encode(): Promise<Buffer> };
  readonly response: { decode(answer: Buffer): Promise<Buffer>; parse(decoded: Buffer): Promise<Buffer> };
};

export type Authentication = {
  readonly host: string;
  readonly port: number;
  readonly logger: Logger;
  readonly saslAuthenticate: (step: SaslStep) => Promise<Buffer>;
};

/** One of kafkajs's own mechanisms, with the credentials of one login. */
export type Authenticator = (credentials: {
  readonly username: string;
  readonly password: string;
}) => (authentication: Authentication) => { authenticate(): Promise<void> };
