import { incompatibleVersions } from '../../../avro/incompatible-versions.ts';
import { RECORD_TOPICS, type RecordSchemas, subjectOf } from '../../../avro/schema-files.ts';
import type { SchemaRegistry } from '../../../avro/schema-registry.ts';
import { type Finding, found, orOk } from '../findings.ts';

export type SchemasDeps = {
  readonly registry: SchemaRegistry;
  readonly schemas: RecordSchemas;
  readonly topicPrefix: string;
  /** The address for a command, without credentials. */
  readonly address: string;
};

export const checkSchemas = async (deps: SchemasDeps): Promise<readonly Finding[]> => {
  const subjects = await Promise.all(RECORD_TOPICS.map((topic) => lookAt(deps, topic)));
  const missing = subjects.filter(({ isRegistered }) => !isRegistered);
  // `setup` sets the level when it registers the schema.
  const loose = subjects.filter(({ isRegistered, level }) => isRegistered && level !== LEVEL);
  return orOk(
    [
      ...subjects.flatMap(({ subject, incompatible }) =>
        incompatible.map((version) => incompatibleWith(deps.address, subject, version)),
      ),
      ...(missing.length === 0
        ? []
        : [
            found(
              'schemas',
              'schema-not-registered',
              `the schema of this program is not registered for ${namesOf(missing)}`,
            ),
          ]),
      ...(loose.length === 0
        ? []
        : [
            found(
              'schemas',
              'compatibility-wrong',
              `the compatibility is not ${LEVEL} for ${namesOf(loose)}`,
            ),
          ]),
    ],
    'schemas',
    `all ${String(RECORD_TOPICS.length)} are registered and compatible`,
  );
};

const LEVEL = 'FULL_TRANSITIVE';

const namesOf = (subjects: readonly { readonly subject: string }[]): string =>
  subjects.map(({ subject }) => subject).join(', ');

const lookAt = async (
  { registry, schemas, topicPrefix }: SchemasDeps,
  topic: (typeof RECORD_TOPICS)[number],
) => {
  const subject = subjectOf(topicPrefix, topic);
  const [level, id, incompatible] = await Promise.all([
    registry.compatibility(subject),
    registry.schemaId(subject, schemas[topic].json),
    incompatibleVersions(registry, subject, schemas[topic]),
  ]);
  return { subject, level, isRegistered: id !== null, incompatible };
};

const incompatibleWith = (address: string, subject: string, version: number): Finding =>
  found(
    'schemas',
    'schema-incompatible',
    `version ${String(version)} of ${subject} is not compatible with the schema of this program`,
    {
      command: `curl -X DELETE ${address}/subjects/${encodeURIComponent(subject)}/versions/${String(version)}`,
      advice:
        'first stop the program that writes with that version. Records already written stay readable: the registry still answers for the id',
    },
  );
