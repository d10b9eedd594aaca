import { hash } from 'node:crypto';
import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { ClaimedCommand, ClosedRun } from '../../src/replay/ports.ts';
import { createBloomFilter } from '../../src/scratch/bloom-filter.ts';
import { openScratchIndex, type ScratchIndex } from '../../src/scratch/claim-index.ts';

const commandOf = (n: number): ClaimedCommand => ({
  channelId: `C${n % 7}`,
  commandId: `command-${n}`,
  partition: n % 6,
  offset: n * 1_000_003,
  contentHash: hash('sha256', String(n), 'buffer'),
});

const runOf = (n: number): ClosedRun => ({
  channelId: `C${n % 7}`,
  runId: `run-${n}`,
  commandId: `command-${n}`,
  runnerUserId: `runner-${n % 11}`,
  partition: n % 6,
  offset: n * 1_000_003,
});

const queryOf = (n: number) => ({
  channelId: `C${n % 7}`,
  commandId: `command-${n}`,
  runId: `run-${n}`,
});

describe('The index of claimed commands', function () {
  this.timeout(60_000);
  let folder: string;
  let index: ScratchIndex;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'runclose-test-'));
    index = await openScratchIndex(join(folder, 'claims'));
  });
  afterEach(async () => {
    await index.close();
    await rm(folder, { recursive: true });
  });

  it('finds every command and every run again, however many there are', async () => {
    const COUNT = 120_000;
    const PORTION = 1_000;
    for (let n = 0; n < COUNT; n += PORTION) {
      const numbers = Array.from({ length: PORTION }, (_, at) => n + at);
      await index.add(numbers.map(commandOf), numbers.map(runOf));
    }
    const asked = Array.from({ length: 500 }, (_, n) => (n * 7919) % COUNT);
    const answers = await index.find(asked.map(queryOf));
    asked.forEach((n, at) => {
      const { partition, offset, contentHash } = commandOf(n);
      expect(answers[at]).to.deep.equal({
        claimed: { partition, offset, contentHash },
        closed: { partition, offset, commandId: `command-${n}`, runnerUserId: `runner-${n % 11}` },
      });
    });
  });

  it('does not know what was never claimed, even if it looks alike', async () => {
    await index.add([commandOf(12)], [runOf(12)]);
    const [answer] = await index.find([{ channelId: 'C5', commandId: 'command-1', runId: 'run-120' }]);
    expect(answer).to.deep.equal({ claimed: undefined, closed: undefined });
  });

  it('finds ids of several bytes a character again', async () => {
    const [claimed, closed] = [
      { ...commandOf(1), channelId: '早咖啡', commandId: '🙂'.repeat(64) },
      { ...runOf(1), channelId: '早咖啡', runId: 'Zoë', commandId: '🙂'.repeat(64) },
    ];
    await index.add([claimed], [closed]);
    const [answer] = await index.find([{ channelId: '早咖啡', commandId: '🙂'.repeat(64), runId: 'Zoë' }]);
    expect(answer?.claimed?.contentHash).to.deep.equal(claimed.contentHash);
    expect(answer?.closed?.commandId).to.equal(closed.commandId);
  });

  it('has its saved state when it is opened again, whatever was written since', async () => {
    const saved = join(folder, 'checkpoint');
    const numbers = Array.from({ length: 60_000 }, (_, n) => n);
    const later = numbers.map((n) => n + numbers.length);
    const [early, late] = [queryOf(numbers[7] as number), queryOf(later[7] as number)];
    await index.add(numbers.map(commandOf), numbers.map(runOf));
    await index.save(saved, { steps: 60_000 });
    await index.add(later.map(commandOf), later.map(runOf));
    await index.close();

    index = await openScratchIndex(join(folder, 'claims'));
    expect(await index.restore(saved)).to.deep.equal({ steps: 60_000 });
    const unknown = { claimed: undefined, closed: undefined };
    const [known, notYet] = await index.find([early, late]);
    expect(known?.closed?.commandId).to.equal('command-7');
    expect(notYet).to.deep.equal(unknown);
    await index.add(later.map(commandOf), later.map(runOf));
    for (const query of [...numbers, ...later].filter((n) => n % 997 === 0).map(queryOf)) {
      const [answer] = await index.find([query]);
      expect(answer?.closed?.commandId).to.equal(query.commandId);
      expect(answer?.claimed).to.not.equal(undefined);
    }
  });

  it('is refused if the saved state is damaged or cut off', async () => {
    const saved = join(folder, 'checkpoint');
    const numbers = Array.from({ length: 150_000 }, (_, n) => n);
    await index.add(numbers.map(commandOf), numbers.map(runOf));
    await index.save(saved, { steps: 150_000 });
    const refusal = async (): Promise<unknown> => {
      await index.close();
      index = await openScratchIndex(join(folder, 'claims'));
      return index.restore(saved).catch((error: unknown) => error);
    };

    const whole = await readFile(saved);
    for (const place of [0, 5, 12, 1_000, whole.length - 1]) {
      const altered = Buffer.from(whole);
      altered.writeUInt8((altered[place] ?? 0) ^ 1, place);
      await writeFile(saved, altered);
      expect(await refusal(), `altered at ${place}`).to.include({ code: 'STATE_DAMAGED' });
    }
    for (const length of [0, 3, 1_000, whole.length - 1]) {
      await writeFile(saved, whole.subarray(0, length));
      expect(await refusal(), `cut off at ${length}`).to.include({ code: 'STATE_DAMAGED' });
    }
    await writeFile(saved, whole);
    expect(await refusal()).to.deep.equal({ steps: 150_000 });
    for (const length of [4_096, 0]) {
      await truncate(join(folder, 'claims'), length);
      expect(await refusal(), `claims cut off at ${length}`).to.include({ code: 'STATE_DAMAGED' });
    }
  });

  it('starts empty if nothing was saved', async () => {
    expect(await index.restore(join(folder, 'checkpoint'))).to.equal(undefined);
  });

  it('says what it was doing if it cannot write', async () => {
    const failure = await openScratchIndex(join(folder, 'no', 'such', 'folder')).then(
      () => null,
      (error: unknown) => error,
    );
    expect(failure).to.include({ code: 'SCRATCH_UNUSABLE' });
  });
});

describe('A Bloom filter', () => {
  it('never denies what was added, and hardly ever claims what was not', () => {
    const filter = createBloomFilter();
    for (let n = 0; n < 30_000; n += 1) filter.add(`text ${n}`);
    let falseAlarms = 0;
    for (let n = 0; n < 30_000; n += 1) {
      expect(filter.mayHave(`text ${n}`)).to.equal(true);
      if (filter.mayHave(`other ${n}`)) falseAlarms += 1;
    }
    expect(falseAlarms).to.be.below(5);
  });
});
