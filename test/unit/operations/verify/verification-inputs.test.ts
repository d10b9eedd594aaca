import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { topicNames } from '../../../../src/kafka/names/topic-names.ts';
import { outputTopicsOf } from '../../../../src/kafka/read/topic-history.ts';
import {
  readInputs,
  writeInputs,
  type VerificationInputs,
} from '../../../../src/operations/verify/verification-inputs.ts';

const INPUTS: VerificationInputs = {
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
  ranges: INPUTS.ranges,
  withEvents: true,
  pseudonymised: false,
};

describe('The inputs of a verification', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'runclose-test-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const begin = (): Promise<void> => writeInputs({ onClose: () => undefined }, folder, FACTS, INPUTS);
  const refusal = (): Promise<unknown> => readInputs(folder).catch((error: unknown) => error);

  it('is read as it was written', async () => {
    expect(await readInputs(folder)).to.equal(null);
    await begin();
    expect(await readInputs(folder)).to.deep.equal(INPUTS);
  });

  it('is refused if a part is damaged, cut off or gone', async () => {
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
