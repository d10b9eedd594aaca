import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { writeMadeHistory } from '../../scripts/history/made-history.ts';
import { openHistoryFile } from '../../src/avro/history-file.ts';
import { loadSchemas } from '../../src/avro/schema-files.ts';

describe('A made history', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'runclose-test-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('says of each partition where its commands end', async () => {
    const path = join(folder, 'made.avro');
    await writeMadeHistory(path, { commands: 1_200, channels: 20, seed: 3 });
    const file = await openHistoryFile(path, loadSchemas());
    const ends = new Map(file.facts.ranges.map(({ partition, from }) => [partition, from]));
    for await (const steps of file.steps())
      for (const step of steps)
        if (step.kind === 'command') ends.set(step.record.partition, step.record.offset + 1);
    await file.close();
    expect(file.facts.ranges.map(({ partition, to }) => [partition, to])).to.deep.equal([...ends]);
    expect([...ends.values()].reduce((sum, end) => sum + end)).to.equal(1_200);
  });
});
