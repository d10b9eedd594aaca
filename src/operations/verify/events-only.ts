import { eventIdOfCommand } from '../../processor/event-identity.ts';
import { auditEvents, type EventsOnlyReport } from '../../replay/events-only/report.ts';
import type { ClosedRunSource } from '../history/closed-run-source.ts';
import type { Work } from '../work.ts';

/** Recomputes every pick, charge and balance from the events alone, and compares. `limit`: how many differences are listed. */
export const verifyEventsOnly = async (
  work: Work,
  { events, total }: Pick<ClosedRunSource, 'events' | 'total'>,
  { limit }: { readonly limit: number },
): Promise<EventsOnlyReport> => {
  const progress = work.progress('auditing events', total);
  const report = await auditEvents(events, {
    eventIdOf: (event) => eventIdOfCommand(event, 'run.closed'),
    limit,
    onProgress: (done) => progress.set(done),
  });
  progress.stop();
  return report;
};
