import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ConfigError, type ConfigProblem } from '../../config/config-error.ts';
import { isRefusedRight } from '../../kafka/client/failures.ts';
import { failureOf, type Failure } from '../../processor/failure.ts';
import { isAtStack } from '../../config/checkout.ts';
import type { Environment } from '../../config/variable-texts.ts';
import { withoutCredentials } from '../../observability/logging.ts';
import { ServerUnreachable } from '../../operations/servers/reach.ts';

const HINTS: Readonly<Record<string, string>> = {
  HISTORY_REMOVED: 'With --state: name another folder, or remove that one.',
  STATE_IN_USE: 'Run this again when that process has ended, or name another folder with --state.',
  STATE_DAMAGED: 'With --state: name another folder, or remove this one to start again.',
  WRONG_USE: '(see --help)',
};

/** A missing right may also be a wrong name: without TOPIC_PREFIX, the names are those of another installation. */
const RIGHTS_HINT =
  'If these are not the topics or the group of your installation, set TOPIC_PREFIX and KAFKA_GROUP_ID. ' +
  '`runclose setup --print-rights kafka-acls` prints all rights of each principal.';

/** Describes a failure for people: what failed, why, and what to do next. */
export const describeFailure = (thrown: unknown, env: Environment): string => {
  const failure = failureOf(thrown);
  const lines = [`runclose: ${failure.message}`, ...causes(failure).map((cause) => `  because: ${cause}`)];
  const hint =
    HINTS[failure.code] ?? (isRefusedRight(failure) ? RIGHTS_HINT : undefined) ?? serverHint(failure, env);
  if (hint !== undefined) lines.push(hint);
  if (env['LOG_LEVEL'] === 'debug' || env['LOG_LEVEL'] === 'trace') lines.push(failure.stack ?? '');
  else if (failure.code === 'UNEXPECTED_ERROR')
    lines.push('This is a bug. LOG_LEVEL=debug shows where it came from.');
  const text = lines.join('\n');
  // Do not redact mistakes in the configuration: they quote no values, but contain an example of a URL.
  return failure.code === 'WRONG_CONFIGURATION' ? text : withoutCredentials(text);
};

/** An installed package has no `npm run stack`: its users run their own servers. */
const IS_CHECKOUT = existsSync(fileURLToPath(new URL('../../../scripts/stack.ts', import.meta.url)));

const serverHint = (failure: Failure, env: Environment): string | undefined => {
  if (failure instanceof ServerUnreachable) return unreachableHint(failure, env);
  if (!IS_CHECKOUT) return undefined;
  // Give the hint only for variables that are not set: .stack/env does not replace a wrong value.
  const isUnset = failure instanceof ConfigError && failure.problems.some(isServerUnset);
  return isUnset
    ? 'In this checkout, `npm run stack -- up` starts every server and writes .stack/env.'
    : undefined;
};

const unreachableHint = ({ variables }: ServerUnreachable, env: Environment): string => {
  const elsewhere = variables.filter((variable) => !IS_CHECKOUT || !isAtStack(variable, env));
  if (elsewhere.length === 0) return 'In this checkout, `npm run stack -- up` starts every server.';
  const names = elsewhere.map((variable) => (env[variable] ? variable : `${variable}_FILE`));
  return `Start ${names.length === 1 ? 'that server' : 'those servers'}, or check ${names.join(' and ')}.`;
};

const isServerUnset = ({ variable, message }: ConfigProblem): boolean =>
  ['KAFKA_BROKERS', 'SCHEMA_REGISTRY_URL', 'DATABASE_URL'].includes(variable) &&
  message.startsWith('is not set');

/** The messages of the causes, except those that an earlier message already contains. */
const causes = (error: Error): string[] => {
  const messages: string[] = [];
  let said = error.message;
  for (let cause = error.cause; cause instanceof Error && messages.length < 5; cause = cause.cause) {
    if (cause.message === '' || said.includes(cause.message)) continue;
    messages.push(cause.message);
    said += cause.message;
  }
  return messages;
};
