/**
 * Keeps what a verification of the topics started with, beside its progress: the ranges to read, and the ledgers and policies of that
 * moment. So a resumed verification ends where the first run would have ended.
 */
import { existsSync } from 'node:fs';
import { readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { OutputRange } from '../../kafka/read/output-ranges.ts';
import { failureOf } from '../../processor/failure.ts';
import type { HistoryFacts, HistoryRange, PolicyVersion } from '../../replay/history.ts';
import type { LedgerSnapshot } from '../../replay/ports.ts';
import { openSnapshotFile, writeSnapshotFile } from '../history/snapshots.ts';
import type { Work } from '../work.ts';
import { damagedState } from './verify-state.ts';

export type VerificationInputs = {
  readonly ranges: readonly HistoryRange[];
  readonly outputs: readonly OutputRange[];
  readonly comparedFrom: ReadonlyMap<number, number>;
  readonly policies: readonly PolicyVersion[];
  /** The ledgers at the end of the ranges; null if they are unknown. */
  readonly snapshot: LedgerSnapshot | null;
};

type Kept = Pick<VerificationInputs, 'ranges' | 'outputs'> & {
  readonly comparedFrom: readonly (readonly [number, number])[];
  readonly withLedgers: boolean;
};

const RANGES = 'ranges.json';
const LEDGERS = 'ledgers.avro';

/** Does nothing if the folder already holds one. */
export const writeInputs = async (
  work: Pick<Work, 'onClose'>,
  folder: string,
  facts: HistoryFacts,
  { ranges, outputs, comparedFrom, policies, snapshot }: VerificationInputs,
): Promise<void> => {
  const path = join(folder, RANGES);
  if (existsSync(path)) return;
  const ledgers = snapshot ?? { positions: new Map(), ledgers: [] };
  await writeSnapshotFile(work, join(folder, LEDGERS), facts, ledgers, policies);
  const kept: Kept = { ranges, outputs, comparedFrom: [...comparedFrom], withLedgers: snapshot !== null };
  // Write this file last, with a rename: if it exists, all files are complete.
  await writeFile(`${path}.partial`, JSON.stringify(kept), { mode: 0o600 });
  await rename(`${path}.partial`, path);
};

/** Null if no verification started here. */
export const readInputs = async (folder: string): Promise<VerificationInputs | null> => {
  const path = join(folder, RANGES);
  if (!existsSync(path)) {
    // Reject checkpoints without their ranges: they would be resumed in the middle of other ranges.
    if ((await readdir(folder)).some((name) => name.endsWith('.checkpoint')))
      throw damagedState(folder, `${RANGES} is gone`);
    return null;
  }
  try {
    const { ranges, outputs, comparedFrom, withLedgers } = JSON.parse(await readFile(path, 'utf8')) as Kept;
    if (![ranges, outputs, comparedFrom].every(Array.isArray)) throw new Error(`${RANGES} is not complete`);
    const { policies, ...snapshot } = await openSnapshotFile(join(folder, LEDGERS));
    return {
      ranges,
      outputs,
      comparedFrom: new Map(comparedFrom),
      policies,
      snapshot: withLedgers ? snapshot : null,
    };
  } catch (error) {
    throw damagedState(folder, failureOf(error).message, error);
  }
};
