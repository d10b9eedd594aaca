import { createSchemaRegistry } from '../avro/schema-registry.ts';
import { createKafka } from '../kafka/client/client.ts';
import { readAsGroupMember } from '../kafka/consume/group-reader.ts';
import { createGroupStarts } from '../kafka/consume/group-starts.ts';
import { createPublisher } from '../kafka/produce/publisher.ts';
import { createPacer } from '../resilience/pacer.ts';
import {
  createSubscriberFor,
  type RunEventsSubscriber,
  type RunEventsSubscriberSettings,
} from './subscriber.ts';

/** The subscriber connects when `run` is called. Throws `WRONG_USE`, which names every setting that cannot work. */
export const createRunEventsSubscriber = <Context = undefined>(
  settings: RunEventsSubscriberSettings<Context>,
): RunEventsSubscriber =>
  createSubscriberFor(settings, ({ kafka, registry, groupId, from, logger }) => {
    const client = createKafka(kafka, {
      debug: () => undefined,
      warn: (facts, text) => logger.warn(facts, text),
    });
    const starts = createGroupStarts({ client, groupId, from });
    return {
      registry: createSchemaRegistry(registry),
      readAsMember: (reading) => readAsGroupMember({ client, groupId, starts, ...reading }),
      publisher: () => createPublisher(client),
      pacer: (stopping) => createPacer(stopping),
      now: () => performance.now(),
      close: () => starts.close(),
    };
  });
