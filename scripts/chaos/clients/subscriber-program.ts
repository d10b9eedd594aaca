/** A downstream service: tells each event that it handles, and has handled it when that was noted. */
import { setTimeout as sleep } from 'node:timers/promises';
import { createRunEventsSubscriber, type ReceivedEvent } from '../../../src/sdk/index.ts';
import { talkToParent } from './client-process.ts';

export type Handled = {
  readonly kind: 'handled';
  readonly number: number;
  readonly channelId: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
};
export type Told =
  Handled | { readonly kind: 'ready' } | { readonly kind: 'undecodable'; readonly why: string };
export type Noted = { readonly number: number };

/** A handler takes some time, so that faults meet handlers. */
const MAX_DELAY_MS = 20;

/** A killed broker may need longer than the default until it answers again, on a machine with much else to do. */
const START_TIMEOUT_MS = 180_000;

const { KAFKA_BROKERS = '', SCHEMA_REGISTRY_URL = '', SUBSCRIBER_GROUP = '' } = process.env;
const waiting = new Map<number, () => void>();
let number = 0;

const toParent = talkToParent((message) => {
  const noted = message as Noted;
  waiting.get(noted.number)?.();
  waiting.delete(noted.number);
});
const tell = (told: Told): void => {
  toParent(told);
};

const handle = async ({
  event,
  ...place
}: ReceivedEvent<'run.closed' | 'run.close.rejected'>): Promise<void> => {
  await sleep(MAX_DELAY_MS * Math.random());
  number += 1;
  const noted = new Promise<void>((resolve) => waiting.set(number, resolve));
  const { topic, partition, offset } = place;
  tell({ kind: 'handled', number, channelId: event.channelId, topic, partition, offset });
  await noted;
};

const subscriber = createRunEventsSubscriber({
  kafka: { brokers: KAFKA_BROKERS.split(','), clientId: 'chaos-subscriber' },
  registry: { url: SCHEMA_REGISTRY_URL },
  groupId: SUBSCRIBER_GROUP,
  startTimeout: START_TIMEOUT_MS,
  handlers: { 'run.closed': handle, 'run.close.rejected': handle },
  onUndecodable: ({ topic, partition, offset }) => {
    tell({ kind: 'undecodable', why: `${topic}/${partition}@${offset}` });
  },
});
process.once('SIGTERM', () => {
  void subscriber.stop();
});
subscriber.ready.then(
  () => {
    tell({ kind: 'ready' });
  },
  () => undefined,
);
await subscriber.run();
process.disconnect();
