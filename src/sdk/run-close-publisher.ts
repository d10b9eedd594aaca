import { createSchemaRegistry } from '../avro/schema-registry.ts';
import { createKafka, unreferencedSockets } from '../kafka/client/client.ts';
import { createPublisher } from '../kafka/produce/publisher.ts';
import { systemClock } from './clock.ts';
import { createOutcomes } from './outcomes.ts';
import { createPublisherFor, type RunClosePublisher, type RunClosePublisherSettings } from './publisher.ts';

/** The publisher connects when it first publishes. Throws `WRONG_USE`, which names every setting that cannot work. */
export const createRunClosePublisher = (settings: RunClosePublisherSettings): RunClosePublisher =>
  createPublisherFor(settings, ({ kafka, registry: login, ...connection }) => {
    const registry = createSchemaRegistry(login);
    // A program that forgets `close` can still end when it has nothing left to do.
    const client = createKafka(kafka, undefined, unreferencedSockets);
    const outcomes = createOutcomes({ client, registry, ...connection });
    return { registry, publisher: createPublisher(client), outcomes, clock: systemClock };
  });
