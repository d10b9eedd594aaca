import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { createHistoryFileWriter, type HistoryFileWriter } from '../../../src/avro/history-file-writer.ts';
import { openHistoryFile } from '../../../src/avro/history-file.ts';
import { loadSchemas } from '../../../src/avro/schema-files.ts';
import { topicNames } from '../../../src/kafka/names/topic-names.ts';
import { outputTopicsOf } from '../../../src/kafka/read/topic-history.ts';
import type { HistoryStep } from '../../../src/replay/history.ts';

describe('Writers of the same file', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'runclose-test-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const names = topicNames('');
  const begin = (commands: number): HistoryFileWriter =>
    createHistoryFileWriter({
      path: join(folder, 'month.avro'),
      facts: {
        topic: names.requested,
        outputTopics: outputTopicsOf(names),
        groupId: 'runclose',
        clusterId: null,
        ranges: [{ partition: 0, from: 0, to: commands, complete: true }],
        withEvents: false,
        pseudonymised: false,
      },
      writerSchema: () => Promise.resolve(null),
    });
  const write = async (writer: HistoryFileWriter, commands: number): Promise<void> => {
    for (let offset = 0; offset < commands; offset++) {
      const place = { topic: names.requested, partition: 0, offset };
      const record = { ...place, timestamp: 1, key: null, value: null, headers: [] };
      await writer.step({ kind: 'command', record, emitted: [] });
    }
  };
  const read = async (): Promise<HistoryStep[]> => {
    const history = await openHistoryFile(join(folder, 'month.avro'), loadSchemas());
    const readSteps: HistoryStep[] = [];
    for await (const steps of history.steps()) readSteps.push(...steps);
    await history.close();
    return readSteps;
  };

  it('do not touch each other’s: it is whole whenever one has ended, and that of the last one at last', async () => {
    const [first, second] = [begin(3), begin(5)];
    await write(first, 3);
    await write(second, 5);
    await first.end();
    expect(await read()).to.have.length(3);
    await second.end();
    expect(await read()).to.have.length(5);
    expect(await readdir(folder)).to.deep.equal(['month.avro']);
  });

  it('leave the file of another writer alone when they give up', async () => {
    const [first, second] = [begin(3), begin(5)];
    await write(first, 3);
    await second.abort();
    await first.end();
    expect(await read()).to.have.length(3);
    expect(await readdir(folder)).to.deep.equal(['month.avro']);
  });
});
