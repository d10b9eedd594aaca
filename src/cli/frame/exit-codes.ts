import { failureOf } from '../../processor/failure.ts';

/** What programs that call the command line rely on. */
export const EXIT = {
  done: 0,
  failed: 1,
  differences: 2,
  wrongUse: 64,
  unreachable: 69,
  wrongConfiguration: 78,
  interrupted: 130,
} as const;

export const exitCodeOf = (thrown: unknown): number => {
  const { kind, code, isLoginRefused } = failureOf(thrown);
  if (code === 'WRONG_USE') return EXIT.wrongUse;
  if (isLoginRefused || WRONG_CONFIGURATION.has(code) || REFUSED_BY_KAFKA.test(code))
    return EXIT.wrongConfiguration;
  return kind === 'transient' ? EXIT.unreachable : EXIT.failed;
};

/** The environment, the servers' set-up or the rights are not what this version needs: somebody has to change them. */
const WRONG_CONFIGURATION = new Set([
  'WRONG_CONFIGURATION',
  'NOT_SET_UP',
  'KAFKA_TOPIC_MISSING',
  'POSTGRES_MISCONFIGURED',
  'SCHEMA_TOO_OLD',
  'SCHEMA_TOO_NEW',
  'MIGRATION_CHANGED',
  'CLUSTER_RETIRED',
]);
const REFUSED_BY_KAFKA = /^KAFKA_(.*AUTH(ENTICATION|ORIZATION)|UNSUPPORTED_SASL_MECHANISM|SECURITY_DISABLED)/;
