/**
 * The API of Confluent's schema registry: one request for each call, no cache, no retries. Every answer that a function does not document
 * is a transient `REGISTRY_UNAVAILABLE`. This includes refused credentials: every problem with the registry counts as an outage.
 */
import type { WrittenSchemas } from './registered-schema.ts';
import {
  asId,
  asLevel,
  asRegisteredSchema,
  asRegisteredVersion,
  asVersions,
  errorIn,
  type ReadAnswer,
} from './registry-answers.ts';
import { unexpectedAnswer, unknownPath } from './registry-failures.ts';
import { createRegistryHttp, type RegistryAnswer, type RegistryCall } from './registry-http.ts';
import type { RegistrySettings } from './registry-login.ts';

export interface SchemaRegistry extends WrittenSchemas {
  /** The id of exactly this schema under the subject. Null: there is no such subject, or it lacks this schema. */
  schemaId(subject: string, schema: string): Promise<number | null>;
  /** The versions of a subject, oldest first. Null: there is no such subject. */
  versions(subject: string): Promise<readonly number[] | null>;
  /** The subject's own compatibility level, such as `FULL_TRANSITIVE`. Null: the registry's default applies. */
  compatibility(subject: string): Promise<string | null>;
  setCompatibility(subject: string, level: string): Promise<void>;
}

/** The registry's own error codes for something that it lacks. */
const SUBJECT_NOT_FOUND = 40401;
const SCHEMA_NOT_FOUND = 40403;
const LEVEL_NOT_CONFIGURED = 40408;
const NOT_FOUND = [SUBJECT_NOT_FOUND, SCHEMA_NOT_FOUND, LEVEL_NOT_CONFIGURED];

export const createSchemaRegistry = (settings: RegistrySettings): SchemaRegistry => {
  const http = createRegistryHttp(settings);

  const ask = async <T>(call: RegistryCall, read: ReadAnswer<T>): Promise<T> =>
    accept(call, read, await http(call));

  const find = async <T>(
    call: RegistryCall,
    read: ReadAnswer<T>,
    absent: readonly number[],
  ): Promise<T | null> => {
    const answer = await http(call);
    if (answer.status === 404 && absent.includes(errorIn(answer.body).code)) return null;
    return accept(call, read, answer);
  };

  return {
    schema: (id) => {
      const doing = `asking for schema id ${String(id)}`;
      return find({ doing, method: 'GET', path: ['schemas', 'ids', String(id)] }, asRegisteredSchema, [
        SCHEMA_NOT_FOUND,
      ]);
    },
    version: (subject, version) => {
      const doing = `asking for version ${String(version)} of ${subject}`;
      return ask(
        { doing, method: 'GET', path: ['subjects', subject, 'versions', String(version)] },
        asRegisteredVersion,
      );
    },
    schemaId: async (subject, schema) => {
      const doing = `asking for the id of the schema of ${subject}`;
      const answer = await find(
        { doing, method: 'POST', path: ['subjects', subject], body: { schema } },
        asId,
        NOT_FOUND,
      );
      return answer?.id ?? null;
    },
    versions: (subject) => {
      const doing = `asking for the versions of ${subject}`;
      return find({ doing, method: 'GET', path: ['subjects', subject, 'versions'] }, asVersions, NOT_FOUND);
    },
    compatibility: async (subject) => {
      const doing = `asking for the compatibility level of ${subject}`;
      const answer = await find({ doing, method: 'GET', path: ['config', subject] }, asLevel, NOT_FOUND);
      return answer?.compatibilityLevel ?? null;
    },
    setCompatibility: async (subject, level) => {
      const doing = `setting the compatibility level of ${subject} to ${level}`;
      await ask(
        { doing, method: 'PUT', path: ['config', subject], body: { compatibility: level } },
        (body) => ({ body }),
      );
    },
  };
};

const accept = <T>(call: RegistryCall, read: ReadAnswer<T>, answer: RegistryAnswer): T => {
  const body = answer.status === 200 ? read(answer.body) : undefined;
  if (body !== undefined) return body;
  const { code, message } = errorIn(answer.body);
  // A registry's own codes have five digits.
  if (answer.status === 404 && code < 10_000) throw unknownPath(call.doing, { answer: message });
  throw unexpectedAnswer(call.doing, { status: answer.status, answer: message });
};
