import { randomUUID } from 'node:crypto';
import { RECORD_TOPICS, subjectOf } from '../../src/avro/schema-files.ts';

/** The registry of the environment. */
export const registrySettings = (): { readonly url: string } => {
  const url = process.env['SCHEMA_REGISTRY_URL'];
  if (url === undefined)
    throw new Error('SCHEMA_REGISTRY_URL is not set: start the stack with `npm run stack -- up`');
  return { url };
};

export const uniquePrefix = (): string => `test-${randomUUID().slice(0, 8)}.`;

/** Removes every subject that was registered under the prefix. */
export const deleteSubjects = async (topicPrefix: string, ...more: readonly string[]): Promise<void> => {
  for (const subject of [...RECORD_TOPICS.map((topic) => subjectOf(topicPrefix, topic)), ...more]) {
    const url = `${registrySettings().url}/subjects/${encodeURIComponent(subject)}`;
    await fetch(url, { method: 'DELETE' });
    await fetch(`${url}?permanent=true`, { method: 'DELETE' });
  }
};
