import type { InstanceEnd } from '../evidence/evidence.ts';
import type { Invariant } from './invariant.ts';

const MAX_MEMORY_MB = 1024;

/** Exit codes are right, no process ends by itself, memory is bounded, and records that were read twice agree. */
export const clean: Invariant = {
  id: 'I12',
  title: 'clean',
  violations: ({ ends, peakMemoryMb, contradictions }) => [
    ...ends.flatMap(wrongEnd),
    ...(peakMemoryMb > MAX_MEMORY_MB
      ? [`an instance held ${peakMemoryMb.toFixed(0)} MB, more than ${MAX_MEMORY_MB} MB`]
      : []),
    ...contradictions,
  ],
};

const wrongEnd = ({ instance, cause, code, lastWords }: InstanceEnd): string[] => {
  switch (cause) {
    case 'killed':
      return [];
    case 'told to stop':
      return code === 0 ? [] : [`${instance}, told to stop, ended with ${String(code)}: ${lastWords}`];
    case 'nothing':
      return [`${instance} ended by itself with ${String(code)}: ${lastWords}`];
  }
};
