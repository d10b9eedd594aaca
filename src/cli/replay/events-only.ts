import { eventIdOfCommand } from '../../processor/event-identity.ts';
import { auditEvents } from '../../replay/events-only/report.ts';
import type { CommandContext } from '../frame/cli.ts';
import { EXIT } from '../frame/exit-codes.ts';
import { createProgress } from '../frame/progress.ts';
import type { ClosedRunSource } from '../../operations/history/closed-run-source.ts';
import { eventsOnlyJson, eventsOnlyText } from './events-only-text.ts';

/** Audits these events with nothing but themselves, and prints what was found. Returns the exit code. */
export const verifyEventsOnly = async (
  { output, onClose }: CommandContext,
  { events, total, unreadable }: ClosedRunSource,
  { limit }: { readonly limit: number },
): Promise<number> => {
  const progress = createProgress(output, 'auditing events', total);
  onClose(() => progress.stop());
  const report = await auditEvents(events, {
    eventIdOf: (event) => eventIdOfCommand(event, 'run.closed'),
    limit,
    onProgress: (done) => progress.set(done),
  });
  progress.stop();
  if (output.json) for (const line of eventsOnlyJson(report, unreadable)) await output.record(line);
  else await output.line(eventsOnlyText(report, unreadable, output.colors));
  return report.divergences + unreadable.length === 0 ? EXIT.done : EXIT.differences;
};
