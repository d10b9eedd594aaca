import { count } from '../../domain/words/count.ts';
import { placeText } from '../../operations/dead-letters/dead-letters.ts';
import type { Output } from '../frame/output.ts';
import type { LineOf } from '../json/lines.ts';
import { type Column, table } from '../text/table.ts';

export type RedriveResult = LineOf<'dlq redrive'>;

type Verdicts = RedriveResult['verdicts'];

/** Prints the result for people. */
export const printRedrive = async (
  { topic, to, done, letters, verdicts }: RedriveResult,
  maxAttempts: number,
  output: Output,
): Promise<void> => {
  if (letters === 0) output.note(`${topic} has no dead letter left to send.`);
  else {
    const words: Readonly<Record<keyof Verdicts, string>> = {
      sent: done ? `sent to ${to}` : `would be sent to ${to}`,
      sentBefore: 'sent before',
      unreadable: 'left: still cannot be decoded',
      tooManyAttempts: `left: already sent ${count(maxAttempts, 'time')} (--max-attempts)`,
      foreign: 'left: no processor of this topic wrote it',
      untraceable:
        'left: unknown whether it was sent before, because the input no longer reaches back so far (--untraceable)',
      tooLarge: `left: too large for ${to} (max.message.bytes)`,
      notAskedFor: 'left: not selected',
    };
    const told = (Object.keys(words) as (keyof Verdicts)[]).flatMap((verdict) => {
      const found = verdicts[verdict];
      return found === undefined ? [] : [{ ...found, words: words[verdict] }];
    });
    const columns: readonly Column<(typeof told)[number]>[] = [
      { title: 'count', align: 'right', cell: (row) => row.count },
      { title: 'dead letters', cell: (row) => row.words },
      { title: 'first at', cell: ({ firstAt }) => placeText(firstAt) },
    ];
    await output.line(table(columns, told, output.colors));
  }
  const sent = verdicts.sent?.count ?? 0;
  const unreadable = verdicts.unreadable;
  if (!done && sent > 0) output.note('Nothing was written. To send them, add --yes');
  if (done && sent > 0)
    output.note('The processor decides them as new commands: runclose status shows how far it is.');
  if (unreadable !== undefined)
    output.note(`To look at one: runclose dlq show ${placeText(unreadable.firstAt)}`);
};
