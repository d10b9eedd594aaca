import { grouped } from '../evidence/events.ts';
import type { AuditStep } from '../evidence/evidence.ts';
import type { Invariant } from './invariant.ts';

/** Lease epochs only rise, and only the process that took the newest one writes. */
export const oneWriter: Invariant = {
  id: 'I10',
  title: 'one writer',
  violations: ({ audit, decisions }) => [
    ...[...grouped(audit, ({ partition }) => partition).values()].flatMap(violationsIn),
    // An empty audit would show no violation.
    ...(decisions.length > 0 && !audit.some(({ kind }) => kind === 'decisions written')
      ? [`${decisions.length} decisions were written, and the audit has seen none`]
      : []),
    ...audit
      .filter(({ instance }) => instance === '')
      .map(
        ({ partition, epoch, kind }) =>
          `partition ${partition}, epoch ${epoch}: ${kind} by nobody knows whom`,
      ),
  ],
};

const violationsIn = (steps: readonly AuditStep[]): string[] => {
  const violations: string[] = [];
  let owner: AuditStep | undefined;
  for (const step of steps) {
    const where = `partition ${step.partition}, epoch ${step.epoch}`;
    if (step.kind === 'lease taken') {
      if (owner !== undefined && step.epoch <= owner.epoch)
        violations.push(`${where}: taken by ${step.instance} after epoch ${owner.epoch}`);
      owner = step;
    } else if (step.instance !== owner?.instance || step.epoch !== owner.epoch) {
      violations.push(`${where}: ${step.kind} by ${step.instance}, while ${String(owner?.instance)} owns it`);
    }
  }
  return violations;
};
