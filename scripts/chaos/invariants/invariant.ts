import type { Evidence } from '../evidence/evidence.ts';

/** One promise, and how the evidence shows that it was broken. */
export interface Invariant {
  readonly id: `I${number}`;
  readonly title: string;
  /** The violations, each with enough detail to look it up. Empty: the promise held. */
  violations: (evidence: Evidence) => readonly string[];
}
