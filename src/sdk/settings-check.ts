/**
 * Checks settings at run time, because JavaScript callers and environment variables may pass values that the types rule out. Reports all
 * faults at once, by path and without the value.
 */
import { isMilliseconds } from './call-check.ts';
import { EVENT_TYPES } from '../wire/event-types.ts';
import { topicNames } from '../kafka/names/topic-names.ts';
import { wrongUse } from '../processor/failure.ts';
import { nearestName } from '../domain/words/nearest-name.ts';
import { isPlainObject, type PlainObject } from './plain-object.ts';

/** Returns the fault of a value, worded to follow its path; undefined if there is none. */
type Check = (value: unknown) => string | undefined;
type Checks = Readonly<Record<string, Check>>;

/** Throws `WRONG_USE`. */
export const expectPublisherSettings = (settings: unknown): void => {
  expectSettings('publisher', settings, PUBLISHER);
};

/** Throws `WRONG_USE`. */
export const expectSubscriberSettings = (settings: unknown): void => {
  const faults = isPlainObject(settings)
    ? [...handlerFaults(settings['handlers']), ...parkingFaults(settings)]
    : [];
  expectSettings('subscriber', settings, SUBSCRIBER, faults);
};

const expectSettings = (
  whose: string,
  settings: unknown,
  checks: Checks,
  more: readonly string[] = [],
): void => {
  const faults = [...faultsIn(settings, checks, ''), ...more];
  if (faults.length > 0) throw wrongUse(`the settings of the ${whose} cannot work: ${faults.join('; ')}`);
};

const faultsIn = (record: unknown, checks: Checks, path: string): readonly string[] => {
  if (!isPlainObject(record)) return [path === '' ? mustBeObject(checks) : `${path} must be an object`];
  const below = (name: string): string => (path === '' ? name : `${path}.${name}`);
  const faults = Object.entries(checks).flatMap(([name, check]) => {
    const fault = check(record[name]);
    return fault === undefined ? [] : [`${below(name)} ${fault}`];
  });
  // An unknown setting does no harm, but a misspelt one would have no effect.
  const absent = Object.keys(checks).filter((name) => record[name] === undefined);
  const misspelt = Object.keys(record).flatMap((name) => {
    const nearest = Object.hasOwn(checks, name) ? undefined : nearestName(name, absent);
    return nearest === undefined ? [] : [`${below(name)} is not a setting: did you mean ${nearest}?`];
  });
  const nested = nestedIn(record).flatMap(([name, its]) =>
    Object.hasOwn(checks, name) && isPlainObject(record[name])
      ? faultsIn(record[name], its, below(name))
      : [],
  );
  return [...faults, ...misspelt, ...nested];
};

const mustBeObject = (checks: Checks): string => {
  const required = Object.keys(checks).filter((name) => checks[name]?.(undefined) !== undefined);
  return `they must be an object${required.length === 0 ? '' : ` with ${required.join(', ')}`}`;
};

const handlerFaults = (handlers: unknown): readonly string[] => {
  if (!isPlainObject(handlers)) return [];
  const given = Object.entries(handlers).filter(([, handler]) => handler !== undefined);
  if (given.length === 0) return [`handlers needs at least one of ${EVENT_TYPES.join(', ')}`];
  return given.flatMap(([name, handler]) => {
    if (!(EVENT_TYPES as readonly string[]).includes(name)) {
      const nearest = nearestName(name, EVENT_TYPES);
      const hint =
        nearest === undefined ? `the types are ${EVENT_TYPES.join(', ')}` : `did you mean ${nearest}?`;
      return [`handlers['${name.slice(0, 100)}'] is not a type of event: ${hint}`];
    }
    return typeof handler === 'function' ? [] : [`handlers['${name}'] must be a function`];
  });
};

/** In a topic of RunClose, a parked event would be read as a command or an event, and might be parked again, for ever. */
const parkingFaults = ({ retries, topicPrefix = '' }: PlainObject): readonly string[] => {
  if (!isPlainObject(retries)) return [];
  const own: readonly unknown[] = Object.values(topicNames(String(topicPrefix)));
  return own.includes(retries['topic'])
    ? ['retries.topic must be a topic of your own, not one of RunClose']
    : [];
};

const optional =
  (check: Check): Check =>
  (value) =>
    value === undefined ? undefined : check(value);

const must =
  (what: string, holds: (value: unknown) => boolean): Check =>
  (value) =>
    value === undefined ? `is missing: it must be ${what}` : holds(value) ? undefined : `must be ${what}`;

const isFilled = (value: unknown): boolean => typeof value === 'string' && value.trim() !== '';
const oneOf = (...names: readonly string[]): Check =>
  must(`one of ${names.join(', ')}`, (value) => names.includes(value as string));

const OBJECT = must('an object', isPlainObject);
const TEXT = must('a text', (value) => typeof value === 'string');
const isSecret = (value: unknown): boolean => typeof value === 'string' || typeof value === 'function';
const SECRET = must('a text, or a function that returns a text', isSecret);
const FILLED = must('a text that is not empty', isFilled);
const FUNCTION = must('a function', (value) => typeof value === 'function');

const COUNT = must('a whole number from 1', (value) => Number.isSafeInteger(value) && (value as number) >= 1);
const MILLISECONDS = must('a whole number of milliseconds from 1 to 2147483647', isMilliseconds);
const TOPIC_NAME = must(
  'the name of a topic',
  (value) => typeof value === 'string' && /^[\w.-]{1,249}$/.test(value),
);

const RETRIES: Checks = { attempts: COUNT, then: oneOf('stop', 'park') };
const PARK: Checks = { ...RETRIES, topic: TOPIC_NAME };
const STOP: Checks = {
  ...RETRIES,
  topic: (value) => (value === undefined ? undefined : "is only for then: 'park'"),
};

const KAFKA: Checks = {
  brokers: must(
    'a list of at least one host:port, with ports from 1 to 65535',
    (value) => Array.isArray(value) && value.length > 0 && value.every(isAddress),
  ),
  clientId: FILLED,
  ssl: optional(OBJECT),
  sasl: optional(
    must(
      'a mechanism (plain, scram-sha-256, scram-sha-512, oauthbearer or aws-msk-iam) with its credentials',
      (value) => isSasl(value),
    ),
  ),
};

const TLS: Checks = {
  ca: optional(SECRET),
  cert: optional(SECRET),
  key: optional(SECRET),
  passphrase: optional(SECRET),
};

const REGISTRY: Checks = {
  url: must(
    'an http or https URL without user, password, query or fragment, or several, separated by commas',
    (value) => typeof value === 'string' && value.split(',').every(isBareAddress),
  ),
  username: optional(SECRET),
  password: optional(SECRET),
  token: optional(SECRET),
  ...TLS,
};

const nestedIn = ({ retries }: PlainObject): readonly (readonly [name: string, checks: Checks])[] => [
  ['kafka', KAFKA],
  ['ssl', TLS],
  ['registry', REGISTRY],
  ['retries', isPlainObject(retries) && retries['then'] === 'park' ? PARK : STOP],
];

const BOTH: Checks = {
  kafka: OBJECT,
  registry: OBJECT,
  logger: optional(
    must(
      'an object with a function warn',
      (value) => isPlainObject(value) && typeof value['warn'] === 'function',
    ),
  ),
  topicPrefix: optional(
    must(
      'a text of letters, digits, ".", "_" and "-"',
      (value) => /^[\w.-]*$/.test(String(value)) && TEXT(value) === undefined,
    ),
  ),
};

const PUBLISHER: Checks = {
  ...BOTH,
  invalidCommands: optional(oneOf('refuse', 'publish')),
  processorGroupId: optional(FILLED),
};

const SUBSCRIBER: Checks = {
  ...BOTH,
  groupId: FILLED,
  handlers: OBJECT,
  onUndecodable: FUNCTION,
  onRetry: optional(FUNCTION),
  onGap: optional(FUNCTION),
  from: optional(oneOf('earliest', 'latest')),
  partitionsAtOnce: optional(COUNT),
  remember: optional(
    must(
      'an object with a function once',
      (value) => isPlainObject(value) && typeof value['once'] === 'function',
    ),
  ),
  replays: optional(oneOf('deliver', 'skip')),
  retries: optional(OBJECT),
  startTimeout: optional(MILLISECONDS),
  stopTimeout: optional(MILLISECONDS),
  signal: optional(must('an AbortSignal', (value) => value instanceof AbortSignal)),
};

const isSasl = (value: unknown): boolean => {
  if (!isPlainObject(value)) return false;
  const { mechanism, username, password, token, tokenEndpoint, region } = value;
  switch (mechanism) {
    case 'plain':
    case 'scram-sha-256':
    case 'scram-sha-512':
      return isSecret(username) && isSecret(password);
    case 'oauthbearer':
      return isPlainObject(tokenEndpoint) ? isTokenEndpoint(tokenEndpoint) : isSecret(token);
    case 'aws-msk-iam':
      return isFilled(region);
  }
  return false;
};

const isTokenEndpoint = ({ url, clientId, clientSecret, scope }: PlainObject): boolean =>
  /^https?:$/.test(protocolOf(String(url))) &&
  isFilled(clientId) &&
  isSecret(clientSecret) &&
  (scope === undefined || isFilled(scope));

const isAddress = (value: unknown): boolean => {
  const [, port] = /^(?:[^\s:/]+|\[[\d:a-f.]+\]):(\d{1,5})$/i.exec(String(value)) ?? [];
  return typeof value === 'string' && Number(port) >= 1 && Number(port) <= 65_535;
};

/** Messages show addresses, so an address must not contain a secret. */
const isBareAddress = (value: string): boolean => /^https?:$/.test(protocolOf(value)) && !/[@?#]/.test(value);

const protocolOf = (value: string): string => (URL.canParse(value) ? new URL(value).protocol : '');
