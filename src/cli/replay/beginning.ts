/**
 * What a verification of the topics was begun with, kept beside how far it has come: the ranges it reads, and the ledgers and
 * policies of then. Whoever goes on with it ends where it would have ended.
 */
import { existsSync } from 'node:fs';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { OutputRange } from '../../kafka/output-ranges.ts';
import type { HistoryFacts, HistoryRange, PolicyVersion } from '../../replay/history.ts';
import type { LedgerSnapshot } from '../../replay/ports.ts';
import type { CommandContext } from '../frame/cli.ts';
import { openSnapshotFile, writeSnapshotFile } from './snapshots.ts';

export type Beginning = {
  readonly ranges: readonly HistoryRange[];
  readonly outputs: readonly OutputRange[];
  readonly comparedFrom: ReadonlyMap<number, number>;
  readonly policies: readonly PolicyVersion[];
  /** The ledgers at the end of the ranges; null: they are not known. */
  readonly snapshot: LedgerSnapshot | null;
};

type Kept = Pick<Beginning, 'ranges' | 'outputs'> & {
  readonly comparedFrom: readonly (readonly [number, number])[];
  readonly withLedgers: boolean;
};

const RANGES = 'ranges.json';
const LEDGERS = 'ledgers.avro';

/** Does nothing where it is kept already. */
export const writeBeginning = async (
  context: Pick<CommandContext, 'onClose'>,
  folder: string,
  facts: HistoryFacts,
  { ranges, outputs, comparedFrom, policies, snapshot }: Beginning,
): Promise<void> => {
  const path = join(folder, RANGES);
  if (existsSync(path)) return;
  const ledgers = snapshot ?? { positions: new Map(), ledgers: [] };
  await writeSnapshotFile(context, join(folder, LEDGERS), facts, ledgers, policies);
  const kept: Kept = { ranges, outputs, comparedFrom: [...comparedFrom], withLedgers: snapshot !== null };
  // Last, and as a whole: with it, all of it is there.
  await writeFile(`${path}.partial`, JSON.stringify(kept));
  await rename(`${path}.partial`, path);
};

/** Null where nothing was begun. */
export const readBeginning = async (folder: string): Promise<Beginning | null> => {
  const path = join(folder, RANGES);
  if (!existsSync(path)) return null;
  const { comparedFrom, withLedgers, ...ranges } = JSON.parse(await readFile(path, 'utf8')) as Kept;
  const { policies, ...snapshot } = await openSnapshotFile(join(folder, LEDGERS));
  return {
    ...ranges,
    comparedFrom: new Map(comparedFrom),
    policies,
    snapshot: withLedgers ? snapshot : null,
  };
};
