import type { Config } from '../../config/config.ts';
import { reveal } from '../../credentials/secret.ts';

/** The user's name in Kafka. Null for a certificate or a token, because only the brokers know the principal then. */
export const principalOf = async ({ sasl }: Config['kafka']): Promise<string | null> =>
  sasl !== undefined && 'username' in sasl ? reveal(sasl.username, 'KAFKA_SASL_USERNAME') : null;
