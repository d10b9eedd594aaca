import type { Type } from 'avsc';
import { attempt } from './attempt.ts';
import { resolverBetween } from './resolution.ts';
import type { RecordSchema } from './schema-files.ts';
import type { SchemaRegistry } from './schema-registry.ts';
import { withReferences, type WriterSchema, writerType, writtenType } from './writer-schema.ts';

/**
 * The versions of a subject whose records this program cannot read, or whose readers cannot read this program's records. Compares by itself:
 * the registry would compare by the level of the subject, which may be wrong.
 */
export const incompatibleVersions = async (
  registry: SchemaRegistry,
  subject: string,
  { type }: RecordSchema,
): Promise<readonly number[]> => {
  const versions = (await registry.versions(subject)) ?? [];
  const incompatible: number[] = [];
  for (const version of versions) {
    const written = await withReferences(registry, await registry.version(subject, version));
    if (written.kind !== 'AVRO' || !canRead(type, () => writtenType(written)) || !canBeRead(type, written))
      incompatible.push(version);
  }
  return incompatible;
};

const canRead = (reader: Type, writer: () => Type): boolean =>
  attempt(() => resolverBetween(reader, writer())) !== undefined;

/** True also if avsc does not accept the schema: Java may accept it, so this shows no incompatibility. */
const canBeRead = (type: Type, written: WriterSchema): boolean => {
  const writer = attempt(() => writerType(written));
  return writer === undefined || canRead(writer, () => type);
};
