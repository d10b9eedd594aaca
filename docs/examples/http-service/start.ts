import { createRunClosePublisher } from 'runclose';
import { createService } from './service.ts';

const { KAFKA_BROKERS = '', SCHEMA_REGISTRY_URL = '', TOPIC_PREFIX = '', KAFKA_GROUP_ID, PORT } = process.env;

const publisher = createRunClosePublisher({
  kafka: { brokers: KAFKA_BROKERS.split(','), clientId: 'http-service' },
  registry: { url: SCHEMA_REGISTRY_URL },
  topicPrefix: TOPIC_PREFIX,
  processorGroupId: KAFKA_GROUP_ID ?? 'runclose',
});
const service = createService({ publisher, timeout: 20_000 }).listen(Number(PORT ?? 3000), '127.0.0.1');
process.once('SIGTERM', () => service.close(() => void publisher.close()));
