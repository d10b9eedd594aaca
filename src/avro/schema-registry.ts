/**
 * The API of Confluent's schema registry: one request for each call, no cache, no retries. Every answer that a function does not document
 * is a transient `REGISTRY_UNAVAILABLE`. This includes refused credentials: every problem with the registry counts as an outage.
 */
import { z } from 'zod';

import { unexpectedAnswer, unknownPath } from './registry-failures.ts';
import { createRegistryHttp } from './registry-http.ts';
import type { RegistryAnswer, RegistryCall } from './registry-http.ts';
import type { RegistrySettings } from './registry-login.ts';

export interface SchemaRegistry {
  /** Null: the registry answered 404 with the error code 40403, "schema not found". */
  schema(id: number): Promise<RegisteredSchema | null>;
  version(subject: string, version: number): Promise<RegisteredVersion>;
  /** The id of exactly this schema under the subject. Null: there is no such subject, or it lacks this schema. */
  schemaId(subject: string, schema: string): Promise<number | null>;
  /** The versions of a subject, oldest first. Null: there is no such subject. */
  versions(subject: string): Promise<readonly number[] | null>;
  /** The subject's own compatibility level, such as `FULL_TRANSITIVE`. Null: the registry's default applies. */
  compatibility(subject: string): Promise<string | null>;
  setCompatibility(subject: string, level: string): Promise<void>;
}

const REGISTERED_SCHEMA = z.object({
  schema: z.string(),
  /** Absent: `AVRO`. */
  schemaType: z.string().optional(),
  /** Schemas that this one names without defining them. */
  references: z.array(z.object({ name: z.string(), subject: z.string(), version: z.number() })).optional(),
});

export type RegisteredSchema = z.infer<typeof REGISTERED_SCHEMA>;

const REGISTERED_VERSION = REGISTERED_SCHEMA.extend({ id: z.number() });

export type RegisteredVersion = z.infer<typeof REGISTERED_VERSION>;

export const createSchemaRegistry = (settings: RegistrySettings): SchemaRegistry => {
  const http = createRegistryHttp(settings);

  const ask = async <T>(call: RegistryCall, shape: z.ZodType<T>): Promise<T> =>
    accept(call, shape, await http(call));

  const find = async <T>(
    call: RegistryCall,
    shape: z.ZodType<T>,
    absent: readonly number[],
  ): Promise<T | null> => {
    const answer = await http(call);
    if (answer.status === 404 && absent.includes(errorOf(answer).error_code)) return null;
    return accept(call, shape, answer);
  };

  return {
    schema: (id) => {
      const doing = `asking for schema id ${String(id)}`;
      return find({ doing, method: 'GET', path: ['schemas', 'ids', String(id)] }, REGISTERED_SCHEMA, [
        SCHEMA_NOT_FOUND,
      ]);
    },
    version: (subject, version) => {
      const doing = `asking for version ${String(version)} of ${subject}`;
      return ask(
        { doing, method: 'GET', path: ['subjects', subject, 'versions', String(version)] },
        REGISTERED_VERSION,
      );
    },
    schemaId: async (subject, schema) => {
      const doing = `asking for the id of the schema of ${subject}`;
      const answer = await find(
        { doing, method: 'POST', path: ['subjects', subject], body: { schema } },
        ID,
        NOT_FOUND,
      );
      return answer?.id ?? null;
    },
    versions: (subject) => {
      const doing = `asking for the versions of ${subject}`;
      return find({ doing, method: 'GET', path: ['subjects', subject, 'versions'] }, VERSIONS, NOT_FOUND);
    },
    compatibility: async (subject) => {
      const doing = `asking for the compatibility level of ${subject}`;
      const answer = await find({ doing, method: 'GET', path: ['config', subject] }, LEVEL, NOT_FOUND);
      return answer?.compatibilityLevel ?? null;
    },
    setCompatibility: async (subject, level) => {
      const doing = `setting the compatibility level of ${subject} to ${level}`;
      await ask(
        { doing, method: 'PUT', path: ['config', subject], body: { compatibility: level } },
        z.unknown(),
      );
    },
  };
};

const accept = <T>(call: RegistryCall, shape: z.ZodType<T>, answer: RegistryAnswer): T => {
  const body = shape.safeParse(answer.body);
  if (answer.status === 200 && body.success) return body.data;
  const { error_code: code, message } = errorOf(answer);
  // A registry's own codes have five digits.
  if (answer.status === 404 && code < 10_000) throw unknownPath(call.doing, message);
  throw unexpectedAnswer(call.doing, answer.status, message);
};

const SUBJECT_NOT_FOUND = 40401;
const SCHEMA_NOT_FOUND = 40403;
const LEVEL_NOT_CONFIGURED = 40408;
const NOT_FOUND = [SUBJECT_NOT_FOUND, SCHEMA_NOT_FOUND, LEVEL_NOT_CONFIGURED];

const ID = z.object({ id: z.number() });
const VERSIONS = z.array(z.number());
const LEVEL = z.object({ compatibilityLevel: z.string() });

const ERROR = z.object({ error_code: z.number().catch(0), message: z.string().catch('without a message') });
const errorOf = (answer: RegistryAnswer): z.infer<typeof ERROR> =>
  ERROR.catch({ error_code: 0, message: 'not an object' }).parse(answer.body);
