import { grouped, sourceOf } from '../evidence/events.ts';
import { sourceAt, type OutputRole, type Source, type FoldedOutcome } from '../evidence/evidence.ts';
import type { Invariant } from './invariant.ts';

/** Every command below the committed offset has exactly one outcome: that of the fold. */
export const nothingLost: Invariant = {
  id: 'I1',
  title: 'nothing lost',
  violations: ({ input, outputs, fold, committed }) => {
    const outputsBySource = grouped(outputs, sourceOf);
    const violations = input.flatMap(({ partition, offset }): string[] => {
      if (offset >= (committed.get(partition) ?? 0)) return [];
      const source = sourceAt(partition, offset);
      const wanted = rolesOf(fold.outcomes.get(source));
      const roles = [...new Set((outputsBySource.get(source) ?? []).map(({ role }) => role))].sort();
      return roles.join() === wanted.join()
        ? []
        : [`input ${source} should have emitted ${inWords(wanted)}, but emitted ${inWords(roles)}`];
    });
    const known = new Set(input.map(({ partition, offset }) => sourceAt(partition, offset)));
    return [...violations, ...fromNowhere(outputsBySource.keys(), known)];
  },
};

/** In alphabetical order. */
const rolesOf = (outcome: FoldedOutcome | undefined): readonly OutputRole[] => {
  switch (outcome?.kind) {
    case 'closed':
      return ['closed', 'summary'];
    case 'rejected':
      return ['rejected'];
    case 'dead letter':
      return ['deadLetters'];
    case 'duplicate':
    case undefined:
      return [];
  }
};

const fromNowhere = (sources: Iterable<Source | null>, known: ReadonlySet<Source>): string[] =>
  [...sources]
    .filter((source) => source === null || !known.has(source))
    .map((source) => `an output names input ${String(source)}, which holds no committed record`);

const inWords = (roles: readonly OutputRole[]): string =>
  roles.length === 0 ? 'nothing' : roles.join(' and ');
