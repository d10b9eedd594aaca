import { aclFlags } from '../../kafka/rights/refused-right.ts';
import { type PrincipalRights, PURPOSES } from './principals.ts';

/** Writes a shell script. `BOOTSTRAP` is a broker, and `ADMIN` is a file with the settings of an account that may grant rights. */
export const kafkaAclsScript = (principals: readonly PrincipalRights[]): string[] => [
  '# Set BOOTSTRAP to a broker (host:port), and ADMIN to the properties file of an account that may grant rights.',
  ...principals.flatMap(({ role, name, rights }) => [
    '',
    `# ${role}: ${PURPOSES[role]}`,
    ...rights.map(({ resource, operations }) => `${KAFKA_ACLS} ${aclFlags(name, operations, resource)}`),
  ]),
];

const KAFKA_ACLS = 'kafka-acls --bootstrap-server "$BOOTSTRAP" --command-config "$ADMIN" --add';
