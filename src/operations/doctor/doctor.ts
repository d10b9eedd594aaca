import type { PrincipalRole } from '../../kafka/rights/rights.ts';
import { failureOf } from '../../processor/failure.ts';
import { type Change, setUp } from '../setup/set-up.ts';
import type { Work } from '../work.ts';
import { examine } from './examine.ts';
import type { Finding } from './findings.ts';

export type Diagnosis = {
  readonly findings: readonly Finding[];
  /** What `--fix` changed. */
  readonly changes: readonly Change[];
  /** Why `--fix` failed; null if it did not. */
  readonly fixFailed: string | null;
};

export const diagnose = async (work: Work, role: PrincipalRole): Promise<Diagnosis> => ({
  findings: await examine(work, role),
  changes: [],
  fixFailed: null,
});

/** Runs `setup` if it mends something, and examines the installation again. */
export const mend = async (work: Work, role: PrincipalRole): Promise<Diagnosis> => {
  const first = await diagnose(work, role);
  if (!first.findings.some(({ isHarmless }) => isHarmless)) return first;
  try {
    const { changes } = await setUp(work, work.settings('kafka', 'registry', 'database'), 'never');
    return { findings: await examine(work, role), changes, fixFailed: null };
  } catch (thrown) {
    return { ...first, fixFailed: failureOf(thrown).message };
  }
};
