import type { KafkaClient } from '../../kafka/client.ts';
import { createClusterConnection } from '../../kafka/cluster-connection.ts';
import { isRefusedRight } from '../../kafka/failures.ts';
import { fetchMissingRights } from '../../kafka/missing-rights.ts';
import { missingRights } from '../../kafka/refused-right.ts';
import type { Right } from '../../kafka/rights.ts';
import { Failure } from '../../processor/failure.ts';

/**
 * The failure, naming every needed right that is missing if a broker has refused one: a broker names only the right that it was asked for.
 * Ask only after a refusal, because a principal may work with other rights: CREATE on the cluster instead of CREATE on each topic.
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
