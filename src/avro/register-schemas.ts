/**
 * Registers what `serve` needs: each schema under its subject, with compatibility `FULL_TRANSITIVE`. Safe to run again, and several times
 * at once. Fails with a fatal `SCHEMA_REFUSED` if a schema is invalid, or incompatible with the versions in the registry. All other
 * failures are a transient `REGISTRY_UNAVAILABLE`.
 */
import { Agent } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  COMPATIBILITY,
  SchemaRegistry as ConfluentClient,
  SchemaType,
} from '@kafkajs/confluent-schema-registry';
import { Failure } from '../processor/failure.ts';
import { networkFailure, unexpectedAnswer } from './registry-failures.ts';
import {
  addressesOf,
  createRegistryLogin,
  REGISTRY_TIMEOUT_MS,
  type RegistryLogin,
  type RegistrySettings,
} from './registry-login.ts';
import { RECORD_TOPICS, subjectOf, type RecordSchemas } from './schema-files.ts';
import type { SchemaRegistry } from './schema-registry.ts';

export type RegisteredSubject = {
  readonly subject: string;
  readonly schemaId: number;
  /** What this run changed, in words. Empty: nothing. */
  readonly changes: readonly string[];
};

export type RegisterSchemasDeps = {
  readonly registry: SchemaRegistry;
  readonly settings: RegistrySettings;
  readonly schemas: RecordSchemas;
  readonly topicPrefix: string;
};

const LEVEL = COMPATIBILITY.FULL_TRANSITIVE;

export const registerSchemas = async (deps: RegisterSchemasDeps): Promise<readonly RegisteredSubject[]> => {
  const login = createRegistryLogin(deps.settings);
  const registered: RegisteredSubject[] = [];
  for (const topic of RECORD_TOPICS) {
    const { registry, schemas, topicPrefix } = deps;
    const subject = subjectOf(topicPrefix, topic);
    const { json } = schemas[topic];
    const level = await ensure(
      async () => ((await registry.compatibility(subject)) === LEVEL ? LEVEL : null),
      async () => {
        await registry.setCompatibility(subject, LEVEL);
        return LEVEL;
      },
    );
    const schema = await ensure(
      () => registry.schemaId(subject, json),
      () => register(addressesOf(deps.settings), login, subject, json),
    );
    registered.push({
      subject,
      schemaId: schema.value,
      changes: [
        ...(level.isNew ? [`compatibility ${LEVEL}`] : []),
        ...(schema.isNew ? [`schema registered, id ${String(schema.value)}`] : []),
      ],
    });
  }
  return registered;
};

const MAX_TRIES = 4;
const PAUSE_MS = 50;

/**
 * Returns what `look` finds, or else runs `act`. If another `setup` does the same at this moment, some registries refuse the second request
 * (Apicurio: 409, "already exists"). So after a failure, look again before the failure counts.
 */
const ensure = async <T>(
  look: () => Promise<T | null>,
  act: () => Promise<T>,
): Promise<{ readonly value: T; readonly isNew: boolean }> => {
  for (let tries = 1; ; tries += 1) {
    const existing = await look();
    if (existing !== null) return { value: existing, isNew: false };
    try {
      return { value: await act(), isNew: true };
    } catch (error) {
      if (tries === MAX_TRIES) throw error;
    }
    await sleep(PAUSE_MS * tries);
  }
};

/** Asks the addresses in turn until one answers. */
const register = async (
  addresses: readonly URL[],
  login: RegistryLogin,
  subject: string,
  schema: string,
): Promise<number> => {
  const doing = `registering the schema of ${subject}`;
  const [address, ...others] = addresses as [URL, ...URL[]];
  try {
    const client = await createConfluentClient(address, login);
    const options = { subject, compatibility: COMPATIBILITY.FULL_TRANSITIVE };
    return (await client.register({ type: SchemaType.AVRO, schema }, options)).id;
  } catch (error) {
    const status = statusOf(error);
    if (others.length > 0 && (status === undefined || status >= 500))
      return register(others, login, subject, schema);
    throw failureOf(doing, status, error);
  }
};

const createConfluentClient = async (address: URL, login: RegistryLogin): Promise<ConfluentClient> => {
  const { headers, tls } = await login();
  return new ConfluentClient({
    host: address.href.replace(/\/+$/, ''),
    clientId: 'runclose',
    ...(address.protocol === 'https:' ? { agent: new Agent(tls) } : {}),
    // Node's client has no timeout of its own.
    middlewares: [
      () => ({
        prepareRequest: async (next) => (await next()).enhance({ headers, timeout: REGISTRY_TIMEOUT_MS }),
      }),
    ],
  });
};

/** `isCertified` is false, because the look-up before has already reported problems with a certificate. */
const ATTEMPT = { timeoutMs: REGISTRY_TIMEOUT_MS, isCertified: false };

/** 409: incompatible with an earlier version; 422: not valid. */
const REFUSALS = new Set([409, 422]);

const failureOf = (doing: string, status: number | undefined, error: unknown): Failure => {
  if (error instanceof Failure) return error;
  const problem = error instanceof Error ? error.message : String(error);
  if (status === undefined) return networkFailure(doing, error, ATTEMPT);
  if (!REFUSALS.has(status)) return unexpectedAnswer(doing, { status, answer: problem, cause: error });
  return new Failure('fatal', 'SCHEMA_REFUSED', `schema registry: ${doing}: refused: ${problem}`, {
    cause: error,
  });
};

const statusOf = (error: unknown): number | undefined =>
  error instanceof Error && 'status' in error && typeof error.status === 'number' ? error.status : undefined;
