/** Examines the whole installation. A check that fails does not stop the others. */
import { ConfigError } from '../../config/config-error.ts';
import { withinMs } from '../../kafka/client/deadline.ts';
import type { PrincipalRole } from '../../kafka/rights/rights.ts';
import { Failure, failureOf } from '../../processor/failure.ts';
import type { Work } from '../work.ts';
import type { Check } from './check.ts';
import { CHECKS } from './checks.ts';
import { checkCertificates, ownCertificate } from './checks/certificates.ts';
import { type Finding, found, ok, SETUP, skipped, worstFirst } from './findings.ts';
import { type ReachedServers, reachServers, type Server } from './reached-servers.ts';

/** Long enough for the retries of a reader, short enough for a person who waits. */
const CHECK_MS = 20_000;

/** @param role whose rights in Kafka the login should have */
export const examine = async (
  work: Work,
  role: PrincipalRole,
  checks: readonly Check[] = CHECKS,
): Promise<readonly Finding[]> => {
  const progress = work.progress('checking', checks.length);
  const { servers, findings } = await reachServers(work);
  const away = awayOf(servers);
  const runnable = checks.filter(({ needs }) => needs.every((server) => !away.includes(server)));
  let done = checks.length - runnable.length;
  progress.set(done);
  const examined = await Promise.all(
    runnable.map(async (check) => {
      const result = await runCheck(check, () =>
        check.run({ work: { ...work, note: () => undefined }, servers, role }),
      );
      progress.set((done += 1));
      return result;
    }),
  );
  progress.stop();
  return worstFirst([
    ...checkConfiguration(work),
    ...findings,
    ...checksWithout(away, checks),
    ...examined.flat(),
  ]);
};

const checkConfiguration = ({ settings }: Work): readonly Finding[] => {
  try {
    settings();
    return [ok('configuration', 'every setting is understood')];
  } catch (thrown) {
    if (!(thrown instanceof ConfigError)) throw thrown;
    return thrown.problems.flatMap(({ variable, message, expiredAt: validTo, file = null }) =>
      validTo === undefined
        ? [
            found('configuration', 'configuration-wrong', `${variable} ${message}`, {
              advice: `correct ${variable}; \`runclose config\` shows where each setting comes from`,
            }),
          ]
        : checkCertificates([ownCertificate({ variable, file, validTo })], Date.now()),
    );
  }
};

const awayOf = ({ kafka, registry, postgres }: ReachedServers): readonly Server[] => [
  ...(kafka === null ? (['Kafka'] as const) : []),
  ...(registry === null ? (['the registry'] as const) : []),
  ...(postgres === null ? (['Postgres'] as const) : []),
];

/** One line for each server that is away, not one for each check. */
const checksWithout = (away: readonly Server[], checks: readonly Check[]): readonly Finding[] =>
  away.flatMap((server) => {
    const names = checks
      .filter(({ needs }) => needs.find((it) => away.includes(it)) === server)
      .map(({ name }) => name);
    return names.length === 0
      ? []
      : [skipped('skipped', `without ${server}, doctor cannot check: ${names.join(', ')}`)];
  });

/** Exported for its test. */
export const runCheck = async (
  { name }: Pick<Check, 'name'>,
  run: () => Promise<readonly Finding[]>,
  deadlineMs = CHECK_MS,
): Promise<readonly Finding[]> => {
  try {
    return await withinMs(
      deadlineMs,
      run(),
      () => new Failure('transient', 'CHECK_TIMEOUT', `no answer within ${String(deadlineMs / 1_000)} s`),
    );
  } catch (thrown) {
    const failure = failureOf(thrown);
    // Another check reports what is missing.
    if (failure.code === 'KAFKA_TOPIC_MISSING' || failure.code === 'NOT_SET_UP')
      return [skipped(name, 'cannot be checked before the topics exist')];
    if (failure.code === 'POSTGRES_MISCONFIGURED' && failure.message.includes(SETUP))
      return [skipped(name, 'cannot be checked before the tables exist and the role may read them')];
    if (failure.code === 'POSTGRES_MISCONFIGURED')
      return [found(name, 'postgres-misconfigured', failure.message, { advice: 'do what the message says' })];
    if (/AUTHORIZATION_FAILED$/.test(failure.code))
      return [skipped(name, `this login lacks the right to ask: ${failure.message}`)];
    return [
      found(name, 'check-failed', failure.message, {
        advice: 'run doctor again. If the check fails again, read the log of that server',
      }),
    ];
  }
};
