import type { Evidence } from '../evidence/evidence.ts';

/** One promise, and how to tell from the evidence that it was broken. */
export interface Invariant {
  readonly id: `I${number}`;
  readonly title: string;
  /** What was found against it, each named so precisely that it can be looked up. Empty: it held. */
  violations: (evidence: Evidence) => readonly string[];
}
