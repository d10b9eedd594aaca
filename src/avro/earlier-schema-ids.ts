/**
 * The registry's ids of schemas that another version of the product uses. Bodies that the other version has stored need these ids. They
 * are found by fingerprint among the versions of a type's subject. Nothing is cached: the ids are needed rarely, and a registry that lost
 * its data may come back with other ids.
 */
import { Failure } from '../processor/failure.ts';
import type { EventType } from '../wire/event-types.ts';
import { fingerprintOf } from './fingerprint.ts';
import type { RegisteredVersion } from './registered-schema.ts';
import { subjectOf } from './schema-files.ts';
import type { SchemaRegistry } from './schema-registry.ts';
import { withReferences, writerType } from './writer-schema.ts';

export type EarlierSchemaIds = {
  /** Transient failure `SCHEMA_NOT_REGISTERED` if no version of the subject has this fingerprint. */
  idOf(type: EventType, fingerprint: Buffer): Promise<number>;
};

export const createEarlierSchemaIds = (registry: SchemaRegistry, topicPrefix: string): EarlierSchemaIds => ({
  idOf: async (type, fingerprint) => {
    const subject = subjectOf(topicPrefix, type);
    const versions = (await registry.versions(subject)) ?? [];
    for (const version of versions.toReversed()) {
      const registered = await registry.version(subject, version);
      if (await hasFingerprint(registry, registered, fingerprint)) return registered.id;
    }
    throw new Failure(
      'transient',
      'SCHEMA_NOT_REGISTERED',
      `the schema registry no longer has the schema that wrote stored events of ${subject}, ` +
        `fingerprint ${fingerprint.toString('hex')}: restore the registry from a backup, or run ` +
        '`runclose setup` with the version that wrote them, and then with this version',
    );
  },
});

const hasFingerprint = async (
  registry: SchemaRegistry,
  registered: RegisteredVersion,
  fingerprint: Buffer,
): Promise<boolean> => {
  const schema = await withReferences(registry, registered);
  if (schema.kind !== 'AVRO') return false;
  try {
    return fingerprintOf(writerType(schema)).equals(fingerprint);
  } catch {
    // Somebody has registered a schema that avsc cannot read. No version of the product wrote it.
    return false;
  }
};
