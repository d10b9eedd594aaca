import type { Runner } from '../../domain/records.ts';
import type { Explanation } from '../../operations/explain/explanation.ts';
import type { Colors } from '../frame/output.ts';
import type { LineOf } from '../json/lines.ts';
import { rfc3339, withTimes } from '../text/json.ts';
import { readablePosition } from '../../wire/position.ts';
import { rankingTable } from '../text/ranking.ts';
import { oneLine } from '../../domain/visible-text.ts';

export const explanationJson = ({ decision, event, emitted, duplicates }: Explanation): LineOf<'explain'> => {
  const { storedAt, forgotten, runnerUserId, ...facts } = decision;
  return {
    ...facts,
    runner: runnerUserId === null ? null : runnerOf(event, runnerUserId),
    decidedAt: rfc3339(storedAt),
    forgotten: forgotten && { at: rfc3339(forgotten.at), whose: forgotten.whose },
    emitted,
    duplicates: duplicates.map(({ seenAt, ...position }) => ({ ...position, seenAt: rfc3339(seenAt) })),
    event: withTimes(event),
  };
};

/** Without the event, only the runner's id is known. */
const runnerOf = (event: Explanation['event'], userId: string): Runner =>
  event !== null && 'runner' in event ? event.runner : { userId, slackUserId: null, displayName: '' };

export const explanationText = (explanation: Explanation, colors: Colors): string => {
  const { decision, emitted, duplicates } = explanation;
  const { commandId, source, storedAt, policyVersion, revision, forgotten } = decision;
  const facts = {
    command: `${commandId} at ${readablePosition(source)}`,
    decided: `${rfc3339(storedAt)}, under policy version ${policyVersion}, as the channel's revision ${revision}`,
    emitted: emitted.map(readablePosition).join(', ') || 'not yet, or no longer in the topics',
    'seen again':
      duplicates
        .map((duplicate) => `${readablePosition(duplicate)} (${rfc3339(duplicate.seenAt)})`)
        .join(', ') || 'never',
    ...(forgotten !== null && { forgotten: forgottenText(forgotten) }),
  };
  return [
    ...whyText(explanation, colors),
    '',
    ...Object.entries(facts).map(([name, fact]) => `${colors.dim(name.padEnd(10))}  ${oneLine(fact)}`),
  ].join('\n');
};

const forgottenText = ({ at, whose }: NonNullable<Explanation['decision']['forgotten']>): string =>
  `names and texts of ${whose === 'everybody' ? 'everybody' : whose.join(', ')}, at ${rfc3339(at)}; ids and numbers were kept`;

const whyText = ({ decision, event }: Explanation, colors: Colors): readonly string[] => {
  const { runId, channelId, sequence, runnerUserId, reason } = decision;
  if (event === null) {
    const what =
      runnerUserId === null
        ? `Command ${decision.commandId} did not close ${runId} in ${channelId}`
        : `${runId} in ${channelId} was run ${sequence ?? '?'}, made by ${runnerUserId}`;
    return [oneLine(`${what}: ${reason}. Its event is gone, so there are no numbers to show.`)];
  }
  if (!('fairness' in event))
    return [
      oneLine(
        `Command ${decision.commandId} did not close ${runId} in ${channelId}: ${event.reason}: ${event.message}`,
      ),
    ];
  return [
    oneLine(`${runId} was run ${event.sequence} of ${channelId}, by ${event.fairness.policy}:`),
    '',
    rankingTable(event, colors),
    '',
    oneLine(event.fairness.explanation || 'The explanation was forgotten with the personal data in it.'),
  ];
};
