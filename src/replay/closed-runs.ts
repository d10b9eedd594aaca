import type { RunClosed } from '../domain/records.ts';
import { readablePosition } from '../wire/position.ts';
import type { History } from './history.ts';

/** A `run.closed` event and its position: `run.closed/3@88`. */
export type ClosedRunEvent = { readonly event: RunClosed; readonly position: string };

/** The `run.closed` events of a history, in its order, including strays. Reports the positions of events that cannot be read. */
export async function* closedRuns(
  history: History,
  onUnreadable: (position: string) => void,
): AsyncGenerator<ClosedRunEvent, void, undefined> {
  for await (const steps of history.steps()) {
    for (const step of steps) {
      for (const { kind, record } of step.kind === 'command' ? step.emitted : [step.emitted]) {
        if (kind !== 'run.closed') continue;
        const event = await history.readEvent(kind, record.value);
        const position = readablePosition(record);
        if (event === null) onUnreadable(position);
        else yield { event: event as RunClosed, position };
      }
    }
  }
}
