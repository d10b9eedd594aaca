import { createHistoryFileWriter } from '../../src/avro/history-file-writer.ts';
import { openHistoryFile } from '../../src/avro/history-file.ts';
import { loadSchemas } from '../../src/avro/schema-files.ts';
import type { HistoryFacts, HistoryStep } from '../../src/replay/history.ts';

/** Copies a history into another file, with other facts or other steps. */
export const copyHistory = async (
  from: string,
  to: string,
  facts: Partial<HistoryFacts>,
  stepOf: (step: HistoryStep) => HistoryStep = (step) => step,
): Promise<void> => {
  const history = await openHistoryFile(from, loadSchemas());
  const writer = createHistoryFileWriter({
    path: to,
    facts: { ...history.facts, ...facts },
    writerSchema: (schemaId) => history.writerSchema(schemaId),
  });
  for (const version of history.policies) await writer.policy(version);
  for await (const steps of history.steps()) for (const step of steps) await writer.step(stepOf(step));
  await writer.end();
  await history.close();
};
