import type { KafkaClient } from '../../kafka/client/client.ts';
import { createClusterConnection } from '../../kafka/client/cluster-connection.ts';
import { isRefusedRight } from '../../kafka/client/failures.ts';
import { missingRights } from '../../kafka/rights/refused-right.ts';
import type { Right } from '../../kafka/rights/rights.ts';
import { fetchMissingRights } from '../../kafka/topics/missing-rights.ts';
import { Failure } from '../../processor/failure.ts';

/**
 * If a broker has refused a right, returns a failure that names every missing right: the broker names only the one that it refused.
 * Otherwise returns the failure unchanged. Call this only after a failure: a principal may do the work with other rights, such as CREATE on
 * the cluster instead of CREATE on each topic.
 */
export const nameEveryMissingRight = async (
  thrown: unknown,
  { kafka, needed, principal }: { kafka: KafkaClient; needed: readonly Right[]; principal: string | null },
): Promise<unknown> => {
  if (!isRefusedRight(thrown)) return thrown;
  const connection = createClusterConnection(kafka);
  try {
    const missing = await connection.run('asking for the rights in Kafka', (cluster) =>
      fetchMissingRights(cluster, needed),
    );
    if (missing.length === 0) return thrown;
    const { code, cause } = thrown;
    return new Failure('fatal', code, missingRights(missing, principal), { cause, isLoginRefused: true });
  } catch {
    return thrown;
  } finally {
    await connection.close();
  }
};
