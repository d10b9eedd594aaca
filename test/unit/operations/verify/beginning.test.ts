import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import {
  readBeginning,
  writeBeginning,
  type Beginning,
} from '../../../../src/operations/verify/beginning.ts';
import { outputTopicsOf } from '../../../../src/kafka/read/topic-history.ts';
import { topicNames } from '../../../../src/kafka/names/topic-names.ts';

const BEGINNING: Beginning = {
  ranges: [{ partition: 0, from: 0, to: 7, complete: true }],
  outputs: [{ kind: 'run.closed', topic: 'run.closed', partition: 0, from: 0, to: 9, inputEnd: 7 }],
  comparedFrom: new Map([[0, 3]]),
  policies: [],
  snapshot: null,
};

const FACTS = {
  topic: 'run.close.requested',
  outputTopics: outputTopicsOf(topicNames()),
  groupId: 'runclose',
  clusterId: 'cluster',
  ranges: BEGINNING.ranges,
  withEvents: true,
  pseudonymised: false,
};

describe('The beginning of a verification', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'runclose-test-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const begin = (): Promise<void> => writeBeginning({ onClose: () => undefined }, folder, FACTS, BEGINNING);
  const refusal = (): Promise<unknown> => readBeginning(folder).catch((error: unknown) => error);

  it('is read as it was written', async () => {
    expect(await readBeginning(folder)).to.equal(null);
    await begin();
    expect(await readBeginning(folder)).to.deep.equal(BEGINNING);
  });

  it('is refused where any of it is damaged, cut off or gone', async () => {
    await begin();
    for (const name of await readdir(folder)) {
      const path = join(folder, name);
      const whole = await readFile(path);
      for (const text of ['', '{}', 'null', whole.subarray(0, whole.length / 2)]) {
        await writeFile(path, text);
        expect(await refusal(), `${name}: ${String(text)}`).to.include({ code: 'STATE_DAMAGED' });
      }
      await writeFile(path, whole);
    }
    await writeFile(join(folder, 'all.checkpoint'), '');
    for (const name of ['ledgers.avro', 'ranges.json']) {
      await rm(join(folder, name));
      expect(await refusal(), name).to.include({ code: 'STATE_DAMAGED' });
    }
  });
});
