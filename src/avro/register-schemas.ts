/**
 * Brings the registry to what `serve` needs: each schema registered under its subject, with compatibility `FULL_TRANSITIVE`.
 * Safe to run again. Fatal `SCHEMA_REFUSED` where the registry finds a schema incompatible with the versions it has; all other
 * trouble is a transient `REGISTRY_UNAVAILABLE`.
 */
import { Agent } from 'node:https';

import {
  COMPATIBILITY,
  SchemaRegistry as ConfluentClient,
  SchemaType,
} from '@kafkajs/confluent-schema-registry';

import { Failure } from '../processor/failure.ts';
import { inspectSubjects } from './inspect-subjects.ts';
import type { InspectSubjectsDeps } from './inspect-subjects.ts';
import { REGISTRY_TIMEOUT_MS, registryUnavailable } from './registry-http.ts';
import type { RegistrySettings } from './registry-http.ts';

export type RegisteredSubject = {
  readonly subject: string;
  readonly schemaId: number;
  /** What was done to it, for people. Empty: nothing had to be. */
  readonly changes: readonly string[];
};

export type RegisterSchemasDeps = InspectSubjectsDeps & { readonly settings: RegistrySettings };

export const registerSchemas = async (deps: RegisterSchemasDeps): Promise<readonly RegisteredSubject[]> => {
  const client = createConfluentClient(deps.settings);
  const registered: RegisteredSubject[] = [];
  for (const { topic, subject, schemaId, compatibility } of await inspectSubjects(deps)) {
    const changes: string[] = [];
    if (compatibility !== COMPATIBILITY.FULL_TRANSITIVE) {
      await deps.registry.setCompatibility(subject, COMPATIBILITY.FULL_TRANSITIVE);
      changes.push(`compatibility ${COMPATIBILITY.FULL_TRANSITIVE}`);
    }
    const id = schemaId ?? (await register(client, subject, deps.schemas[topic].json));
    if (schemaId === null) changes.push(`schema registered, id ${String(id)}`);
    registered.push({ subject, schemaId: id, changes });
  }
  return registered;
};

const createConfluentClient = ({ url, username, password = '', ca }: RegistrySettings): ConfluentClient =>
  new ConfluentClient({
    host: url,
    clientId: 'runclose',
    ...(username === undefined ? {} : { auth: { username, password } }),
    ...(ca === undefined ? {} : { agent: new Agent({ ca }) }),
    // The client waits for ever by itself.
    middlewares: [
      () => ({ prepareRequest: async (next) => (await next()).enhance({ timeout: REGISTRY_TIMEOUT_MS }) }),
    ],
  });

const register = async (client: ConfluentClient, subject: string, schema: string): Promise<number> => {
  const doing = `registering the schema of ${subject}`;
  try {
    const options = { subject, compatibility: COMPATIBILITY.FULL_TRANSITIVE };
    return (await client.register({ type: SchemaType.AVRO, schema }, options)).id;
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    if (!isRefusal(error)) throw registryUnavailable(doing, problem, error);
    throw new Failure('fatal', 'SCHEMA_REFUSED', `schema registry: ${doing}: refused: ${problem}`, {
      cause: error,
    });
  }
};

/** 409: incompatible with an earlier version; 422: not valid. */
const isRefusal = (error: unknown): boolean =>
  error instanceof Error && 'status' in error && (error.status === 409 || error.status === 422);
