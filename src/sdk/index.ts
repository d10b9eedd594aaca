/** The package's entry for other services: publish commands to close runs, and subscribe to their outcomes. */
export type { RegistrySettings } from '../avro/registry-login.ts';
export type {
  Fairness,
  Order,
  RankingEntry,
  RunClosed,
  RunCloseRejected,
  RunCloseRequested,
  Runner,
  RunSummary,
} from '../domain/records.ts';
export type { Secret } from '../credentials/secret.ts';
export type { TlsSettings } from '../credentials/tls-settings.ts';
export type { TokenEndpoint } from '../credentials/token-endpoint.ts';
export type { KafkaSettings } from '../kafka/client/client.ts';
export type { SaslSettings } from '../kafka/login/sasl-settings.ts';
export type { Gap } from '../kafka/consume/partition-lanes.ts';
export type { CommandName, DuplicateOutcome, FoundOutcome } from '../kafka/outcomes/outcome.ts';
export { Failure } from '../processor/failure.ts';
export type { FailureKind } from '../processor/failure.ts';
export type { EventType } from '../wire/event-types.ts';
export type { WaitOptions } from './close-and-wait.ts';
export type { CloseResult, PublishedCommand, TimeoutOutcome } from './close-result.ts';
export type { CommandInput } from './command-input.ts';
export { PublishFailure } from './publish-failure.ts';
export { createRunClosePublisher } from './run-close-publisher.ts';
export type {
  PublishOptions,
  RunClosePublisher,
  RunClosePublisherSettings,
  SearchOptions,
} from './publisher.ts';
export type { ReceivedEvent, UndecodableRecord } from './received-event.ts';
export type { OrderInput } from './record-inputs.ts';
export type { Retry } from './reports.ts';
export type { HandlerRetries } from './handler-retries.ts';
export { rememberInMemory, rememberInPostgres } from './remember.ts';
export type { EventMemory, MemorySettings, PostgresMemorySettings, QueryClient } from './remember.ts';
export { createRunEventsSubscriber } from './run-events-subscriber.ts';
export type {
  EventHandler,
  EventHandlers,
  RunEventsSubscriber,
  RunEventsSubscriberSettings,
} from './subscriber.ts';
export type { TimeInput } from './time-text.ts';
export type { WarningLogger } from './warnings.ts';
