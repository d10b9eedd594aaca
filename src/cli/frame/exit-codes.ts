import { failureOf } from '../../processor/failure.ts';

/** The exit codes. Programs that call the command line rely on them. */
export const EXIT = {
  done: 0,
  failed: 1,
  differences: 2,
  wrongUse: 64,
  unreachable: 69,
  wrongConfiguration: 78,
  interrupted: 130,
} as const;

/** Failures of the environment, of the servers' set-up or of rights, which somebody has to change. */
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

export const exitCodeOf = (thrown: unknown): number => {
  const { kind, code, isLoginRefused } = failureOf(thrown);
  if (code === 'WRONG_USE') return EXIT.wrongUse;
  if (isLoginRefused || WRONG_CONFIGURATION.has(code) || REFUSED_BY_KAFKA.test(code))
    return EXIT.wrongConfiguration;
  return kind === 'transient' ? EXIT.unreachable : EXIT.failed;
};
