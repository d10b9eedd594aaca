import type { Deployment } from './deployment.ts';
import { startKafkaProxy, type KafkaProxy } from './kafka-proxy/kafka-proxy.ts';
import { startPostgresProxy, type PostgresProxy } from './postgres-proxy/postgres-proxy.ts';
import { createHold } from './proxy/faults.ts';
import type { Serving } from './serve-process.ts';

/** A processor with its own network. It has started, and waits for permission to join its group. */
export type InstanceBehindProxies = {
  readonly kafka: KafkaProxy;
  readonly postgres: PostgresProxy;
  letJoin(): void;
  readonly serving: Promise<Serving>;
  /** Closes its network. The process should have ended. */
  close(): Promise<void>;
};

export const startInstanceBehindProxies = async (
  deployment: Pick<Deployment, 'brokers' | 'database' | 'serve'>,
  env: Readonly<Record<string, string>> = {},
): Promise<InstanceBehindProxies> => {
  const [kafka, postgres] = await Promise.all([
    startKafkaProxy(deployment.brokers),
    startPostgresProxy(deployment.database.settings.url),
  ]);
  const joining = createHold();
  kafka.inject({ when: ({ api }) => api === 'JoinGroup', question: joining.keep });
  const serving = deployment.serve({ KAFKA_BROKERS: kafka.brokers, DATABASE_URL: postgres.url, ...env });
  serving.catch(() => undefined);
  return {
    kafka,
    postgres,
    letJoin: () => {
      joining.release();
    },
    serving,
    close: async () => {
      await Promise.all([kafka.close(), postgres.close()]);
    },
  };
};
