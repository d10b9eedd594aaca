import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { openHistoryFile, type HistoryFile } from '../../src/avro/history-file.ts';
import { loadSchemas } from '../../src/avro/schema-files.ts';
import { verifyPart } from '../../src/operations/verify/verify-part.ts';
import type { History, HistoryStep } from '../../src/replay/history.ts';
import type { VerifiedPart } from '../../src/replay/verify/report.ts';
import { openScratchIndex } from '../../src/scratch/claim-index.ts';

const FILE = fileURLToPath(new URL('0.1.0/fair-share.avro', import.meta.url));
const PORTION = 60;

/** One event in ten is gone, one altered, one stands where none should; and two that changed places. */
const tampered = (steps: readonly HistoryStep[], from: number): readonly HistoryStep[] =>
  steps.flatMap((step, index): readonly HistoryStep[] => {
    if (step.kind !== 'command') return [step];
    const [event] = step.emitted;
    if (event === undefined) return [step];
    const source = `run.close.requested/${String(step.record.partition)}/${String(step.record.offset)}`;
    const rest = step.emitted.slice(1);
    switch ((from + index) % 10) {
      case 1:
        return [{ ...step, emitted: rest }];
      case 4: {
        const value = Buffer.from(event.record.value ?? []);
        value.writeUInt8((value.at(-1) ?? 0) ^ 1, value.length - 1);
        const { topic, partition, offset, timestamp, key, headers } = event.record;
        const record = { topic, partition, offset, timestamp, key, headers, value };
        return [{ ...step, emitted: [{ ...event, record }, ...rest] }];
      }
      case 6:
        return [step, { kind: 'stray', emitted: event, source }];
      case 8:
        return [
          { kind: 'stray', emitted: event, source },
          { ...step, emitted: rest },
        ];
    }
    return [step];
  });

const portioned = (file: HistoryFile, change: typeof tampered): History => ({
  ...file,
  async *steps() {
    let count = 0;
    for await (const steps of file.steps())
      for (let at = 0; at < steps.length; at += PORTION) {
        yield change(steps.slice(at, at + PORTION), count);
        count += PORTION;
      }
  },
});

class Interrupted extends Error {}

describe('A verification that was interrupted', function () {
  // Each checkpoint is 32 MB on the disk.
  this.timeout(60_000);

  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'runclose-test-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  /** Verifies the file to its end, or is interrupted after `interruptedAt` commands, before the last of them are saved. */
  const run = async (
    name: string,
    change: typeof tampered,
    interruptedAt = Infinity,
  ): Promise<{ part: VerifiedPart | null; commandsTold: readonly number[] }> => {
    const file = await openHistoryFile(FILE, loadSchemas());
    const claims = await openScratchIndex(join(folder, name));
    const commandsTold: number[] = [];
    try {
      const part = await verifyPart({
        history: portioned(file, change),
        start: file.ledgers,
        stored: null,
        claims,
        checkpoint: { path: join(folder, `${name}.checkpoint`), everySeconds: 0 },
        comparedFrom: new Map(),
        channelId: undefined,
        limit: 5,
        onResumed: () => undefined,
        onProgress: (commands) => {
          commandsTold.push(commands);
          if (commands >= interruptedAt) throw new Interrupted();
        },
      });
      return { part, commandsTold };
    } catch (error) {
      if (!(error instanceof Interrupted)) throw error;
      return { part: null, commandsTold };
    } finally {
      await claims.close();
      await file.close();
    }
  };

  const plain = ({ verification, ledgers }: VerifiedPart) => ({
    ...verification,
    divergences: { listed: verification.divergences.listed, counts: verification.divergences.counts },
    ledgers,
  });

  for (const [kind, change] of [
    ['an untouched history', (steps: readonly HistoryStep[]) => steps],
    ['a tampered history', tampered],
  ] as const)
    it(`of ${kind} gives the same result as one without a break, wherever it was interrupted`, async () => {
      const { part: whole, commandsTold } = await run('whole', change);
      if (whole === null) throw new Error('it was not to be interrupted');
      expect(whole.verification.commands).to.equal(240);
      expect(whole.verification.divergences.counts.size).to.equal(change === tampered ? 4 : 0);
      for (const at of commandsTold) {
        const name = `interrupted-at-${String(at)}`;
        const begun = await run(name, change, at);
        expect(begun.part).to.equal(null);
        const { part, commandsTold: afterwards } = await run(name, change);
        // What was saved is not decided again: only the last portion, which was not.
        expect(afterwards[0]).to.equal(at);
        expect(part && plain(part)).to.deep.equal(plain(whole));
      }
    });
});
