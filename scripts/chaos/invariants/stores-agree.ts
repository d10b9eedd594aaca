import { bodyOf, fingerprint, placeOf, sourceOf } from '../evidence/events.ts';
import type { Invariant } from './invariant.ts';

/** Each event equals its stored decision, byte for byte, in both directions. */
export const storesAgree: Invariant = {
  id: 'I5',
  title: 'stores agree',
  violations: ({ outputs, decisions, fold, committed }) => {
    const stored = new Map(decisions.map((decision) => [decision.source, decision]));
    const emitted = new Set<string>();
    const violations: string[] = [];
    for (const record of outputs) {
      const source = sourceOf(record) ?? '';
      const outcome = fold.outcomes.get(source);
      // Invalid commands and reused ids are not stored, nor are dead letters.
      if (record.role === 'deadLetters' || (outcome?.kind === 'rejected' && !outcome.claimed)) continue;
      const wanted = stored.get(source)?.fingerprints[record.role];
      emitted.add(`${record.role} ${source}`);
      if (wanted === undefined) violations.push(`${placeOf(record)}, of input ${source}, is stored nowhere`);
      else if (wanted !== fingerprint(bodyOf(record)))
        violations.push(`${placeOf(record)}, of input ${source}, differs from the stored body`);
    }
    for (const { source, fingerprints } of decisions) {
      const [partition = NaN, offset = NaN] = source.split('/').map(Number);
      if (offset >= (committed.get(partition) ?? 0)) continue;
      for (const role of Object.keys(fingerprints)) {
        if (!emitted.has(`${role} ${source}`))
          violations.push(`stored for input ${source}, but never emitted: ${role}`);
      }
    }
    return violations;
  },
};
