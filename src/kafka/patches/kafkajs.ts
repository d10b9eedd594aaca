/**
 * The only module that loads kafkajs: version 2.2.4, repaired by the patches while it is loaded. All other modules get the client, and the
 * internals that its public interface lacks, from here. Throws a fatal failure if another version is installed.
 */
import { dirname, sep } from 'node:path';
import type * as kafkajs from 'kafkajs';
import type { ISocketFactory } from 'kafkajs';
import { Failure } from '../../processor/failure.ts';
import { crc32c } from '../protocol/crc32c.ts';
import { abortedRecords } from './aborted-records.ts';
import { closedSockets } from './closed-sockets.ts';
import { filteredBatches } from './filtered-batches.ts';
import { finishedHandlers } from './finished-handlers.ts';
import { freshCertificates } from './fresh-certificates.ts';
import { groupGeneration } from './group-generation.ts';
import { halfOpenBrokers } from './half-open-brokers.ts';
import { headersRead } from './headers-read.ts';
import { heartbeatClock } from './heartbeat-clock.ts';
import { idleConnections } from './idle-connections.ts';
import { idleTimeouts } from './idle-timeouts.ts';
import { interruptedJoins } from './interrupted-joins.ts';
import { interruptedLogins } from './interrupted-logins.ts';
import type { Authenticator, BatchClass, ClusterClass, LoggerFactory } from './kafkajs-internals.ts';
import { knownCoordinators } from './known-coordinators.ts';
import { largeBatches, type MessageDecoders } from './large-batches.ts';
import { lastBroker } from './last-broker.ts';
import { lastingOutage } from './lasting-outage.ts';
import { lateHandlers } from './late-handlers.ts';
import { leaderlessPartitions } from './leaderless-partitions.ts';
import { leaderlessStarts } from './leaderless-starts.ts';
import { leadersSought } from './leaders-sought.ts';
import { linearGrouping } from './linear-grouping.ts';
import { lostCoordinator } from './lost-coordinator.ts';
import { missingCoordinator } from './missing-coordinator.ts';
import { namedRefusals } from './named-refusals.ts';
import { offsetReset } from './offset-reset.ts';
import { packageRequire } from './package-require.ts';
import { partitionErrors } from './partition-errors.ts';
import type { Patch } from './patch.ts';
import { produceRequests, type ProduceParts } from './produce-requests.ts';
import { recordBatches, type RecordBatchParts } from './record-batches.ts';
import { requestFrames } from './request-frames.ts';
import { seedBrokers } from './seed-brokers.ts';
import { settledSends } from './settled-sends.ts';
import { sharedConnects } from './shared-connects.ts';
import { shortSessions } from './short-sessions.ts';
import { steadyRequests } from './steady-requests.ts';
import { toldThrottling } from './told-throttling.ts';
import { topicAssignment } from './topic-assignment.ts';
import { transactionRetries } from './transaction-retries.ts';
import { waitingDisconnects } from './waiting-disconnects.ts';
import { watchedTopics } from './watched-topics.ts';

const require = packageRequire();
const SUPPORTED = '2.2.4';

const internal = (module: string): unknown => require(`kafkajs/src/${module}`);

type ErrorClasses = {
  readonly KafkaJSPartialMessageError: RecordBatchParts['PartialMessageError'];
  readonly KafkaJSConnectionClosedError: new (message: string, address: object) => Error;
};
type Compression = {
  readonly lookupCodec: ProduceParts['codecOf'];
  readonly lookupCodecByAttributes: RecordBatchParts['codecOf'];
};

/** The order matters: a module must be repaired before another one imports a function from it. */
const PATCHES: readonly Patch[] = [
  requestFrames,
  seedBrokers,
  headersRead,
  produceRequests(() => ({
    codecOf: (internal('protocol/message/compression/index.js') as Compression).lookupCodec,
  })),
  recordBatches(
    () =>
      ({
        Decoder: internal('protocol/decoder.js'),
        PartialMessageError: (internal('errors.js') as ErrorClasses).KafkaJSPartialMessageError,
        decodeRecord: internal('protocol/recordBatch/record/v0/decoder.js'),
        codecOf: (internal('protocol/message/compression/index.js') as Compression).lookupCodecByAttributes,
        crc32c,
      }) as RecordBatchParts,
  ),
  largeBatches(
    () =>
      ({
        Decoder: internal('protocol/decoder.js'),
        decodeRecordBatch: internal('protocol/recordBatch/v0/decoder.js'),
        decodeMessageSet: internal('protocol/messageSet/decoder.js'),
      }) as MessageDecoders,
  ),
  linearGrouping,
  partitionErrors,
  leaderlessPartitions,
  leadersSought,
  leaderlessStarts,
  abortedRecords,
  steadyRequests,
  idleConnections,
  idleTimeouts,
  interruptedLogins,
  halfOpenBrokers,
  namedRefusals,
  toldThrottling,
  waitingDisconnects,
  freshCertificates,
  sharedConnects,
  closedSockets(() => ({
    ConnectionClosed: (internal('errors.js') as ErrorClasses).KafkaJSConnectionClosedError,
  })),
  shortSessions,
  groupGeneration,
  heartbeatClock,
  offsetReset,
  lateHandlers,
  lastBroker,
  lastingOutage,
  lostCoordinator,
  missingCoordinator,
  transactionRetries,
  knownCoordinators,
  settledSends,
  filteredBatches,
  ...interruptedJoins,
  finishedHandlers,
  topicAssignment(() => internal('consumer/assignerProtocol.js') as never),
  watchedTopics,
];

const loadRepaired = (): typeof kafkajs => {
  const { version } = require('kafkajs/package.json') as { version: string };
  if (version !== SUPPORTED) {
    const message = `kafkajs ${version} is installed, but this program repairs ${SUPPORTED} only: install that version`;
    throw new Failure('fatal', 'KAFKA_CLIENT_UNSUPPORTED', message);
  }
  forgetUnrepaired();
  for (const { module, apply } of PATCHES) {
    const original = internal(module) as never;
    const loaded = require.cache[require.resolve(`kafkajs/src/${module}`)];
    if (loaded !== undefined) loaded.exports = apply(original);
  }
  return require('kafkajs') as typeof kafkajs;
};

/** Code that has loaded kafkajs earlier keeps its unrepaired copy. This program loads another copy. */
const forgetUnrepaired = (): void => {
  const folder = dirname(require.resolve('kafkajs/package.json')) + sep;
  for (const file of Object.keys(require.cache)) {
    if (file.startsWith(folder)) Reflect.deleteProperty(require.cache, file);
  }
};

export const {
  AssignerProtocol,
  Kafka,
  KafkaJSProtocolError,
  CompressionCodecs,
  CompressionTypes,
  ConfigResourceTypes,
  ConfigSource,
  logLevel,
  PartitionAssigners,
} = loadRepaired();
export const Cluster = internal('cluster/index.js') as ClusterClass;
export const FetchedBatch = internal('consumer/batch.js') as BatchClass;
export const { createErrorFromCode } = internal('protocol/error.js') as {
  createErrorFromCode: (code: number) => Error;
};
export const { createLogger } = internal('loggers/index.js') as { createLogger: LoggerFactory };
export const socketFactory = internal('network/socketFactory.js') as () => ISocketFactory;

const authenticator = (file: string) => internal(`broker/saslAuthenticator/${file}.js`) as Authenticator;

export const AUTHENTICATORS = {
  plain: authenticator('plain'),
  'scram-sha-256': authenticator('scram256'),
  'scram-sha-512': authenticator('scram512'),
};
