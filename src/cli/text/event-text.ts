import type { RecordOf, RecordTopic } from '../../avro/schema-files.ts';
import { count } from '../../domain/words/count.ts';
import { createNames } from '../../domain/words/names.ts';
import { oneLine } from '../../domain/visible-text.ts';

const TEXTS: { readonly [T in RecordTopic]: (record: RecordOf[T]) => string } = {
  'run.close.requested': ({ runId, actorUserId, orders, commandId }) =>
    `${actorUserId} asks to close ${runId}: ${count(orders.length, 'order')} (command ${commandId})`,
  'run.closed': ({ runId, sequence, fairness }) => `${runId} is run ${sequence}: ${fairness.explanation}`,
  'run.summary': ({ runId, sequence, runner, totalDrinks, participantCount }) =>
    `${runId} is run ${sequence}: ${createNames([runner])(runner)} fetches ${count(totalDrinks, 'drink')} ` +
    `for ${count(participantCount, 'participant')}`,
  'run.close.rejected': ({ commandId, runId, reason, message }) =>
    `command ${commandId} did not close ${runId}: ${reason}: ${message}`,
};

/** Describes the content of a record for people, in one line. */
export const eventText = <T extends RecordTopic>(topic: T, record: RecordOf[T]): string =>
  oneLine(TEXTS[topic](record));
