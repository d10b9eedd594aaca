import { loadSchemas } from '../../../src/avro/schema-files.ts';

/** Registers a schema under a subject, and returns its id. */
const register = async (
  url: string,
  { subject, schema }: { subject: string; schema: string },
): Promise<number> => {
  const answer = await fetch(`${url}/subjects/${subject}/versions`, {
    method: 'POST',
    headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
    body: JSON.stringify({ schema }),
  });
  if (!answer.ok) throw new Error(`registering ${subject}: the registry answers ${answer.status}`);
  return ((await answer.json()) as { id: number }).id;
};

/**
 * Registers the schema of commands before all others, so that it gets the first id. So records in the log stay readable after the registry
 * has lost its data.
 */
export const registerCommands = (url: string): Promise<number> =>
  register(url, {
    subject: 'run.close.requested-value',
    schema: loadSchemas()['run.close.requested'].json,
  });

/** Registers other schemas, so that the next schemas get other ids than before. */
export const registerStrangers = async (url: string, count: number): Promise<void> => {
  for (let number = 1; number <= count; number += 1) {
    const schema = { type: 'record', name: `Stranger${number}`, fields: [{ name: 'id', type: 'string' }] };
    await register(url, { subject: `stranger-${number}-value`, schema: JSON.stringify(schema) });
  }
};
