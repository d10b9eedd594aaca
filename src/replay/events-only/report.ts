import type { ClosedRunEvent } from '../closed-runs.ts';
import { type AuditDeps, type Coverage, createEventsOnlyAudit } from './audit.ts';
import type { EventDivergence, EventDivergenceCode } from './divergence.ts';

export type EventsOnlyReport = {
  readonly divergences: number;
  readonly counts: Readonly<Partial<Record<EventDivergenceCode, number>>>;
  /** The first ones, up to the limit. */
  readonly listed: readonly EventDivergence[];
  readonly coverage: Coverage;
};

export type AuditOptions = AuditDeps & {
  readonly limit: number;
  readonly onProgress: (events: number) => void;
};

const REPORT_EVERY = 500;

/** Audits a stream of `run.closed` events, each channel's in the order of the log. */
export const auditEvents = async (
  events: AsyncIterable<ClosedRunEvent>,
  { limit, onProgress, ...deps }: AuditOptions,
): Promise<EventsOnlyReport> => {
  const audit = createEventsOnlyAudit(deps);
  const counts = new Map<EventDivergenceCode, number>();
  const listed: EventDivergence[] = [];
  const report = (divergences: readonly EventDivergence[]): void => {
    for (const divergence of divergences) {
      counts.set(divergence.code, (counts.get(divergence.code) ?? 0) + 1);
      if (listed.length < limit) listed.push(divergence);
    }
  };

  let done = 0;
  for await (const item of events) {
    report(audit.take(item));
    done += 1;
    if (done % REPORT_EVERY === 0) onProgress(done);
  }
  report(audit.end());
  return {
    divergences: [...counts.values()].reduce((sum, count) => sum + count, 0),
    counts: Object.fromEntries(counts),
    listed,
    coverage: audit.coverage(),
  };
};
