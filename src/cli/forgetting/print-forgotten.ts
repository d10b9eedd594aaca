import { count } from '../../domain/words/count.ts';
import type { Forgetting } from '../../operations/forget/forgetting.ts';
import type { Output } from '../frame/output.ts';
import type { LineOf } from '../json/lines.ts';
import { leftTexts, tallyTable } from './tally-text.ts';

type Told = {
  readonly mode: 'dry' | 'write';
  /** Whose data is forgotten, such as "of U01". */
  readonly what: string;
  /** The command without --yes. */
  readonly command: string;
  /** The person would also be forgotten as author. */
  readonly isAuthor?: boolean;
};

export const howToForget = (command: string): string => `To forget, run: ${command} --yes`;

/** Prints what was (or would be) forgotten, what was not, and why. */
export const printForgotten = async (
  output: Output,
  { tally, isRebuildLeft }: Forgetting,
  { mode, what, command, isAuthor = false }: Told,
): Promise<void> => {
  const total = tally.total();
  const isDone = mode === 'write';
  if (output.json) {
    for (const channel of tally.channels())
      await output.record({ kind: 'channel', ...channel } satisfies LineOf<'forget'>);
    await output.record({ kind: 'summary', ...total, done: isDone } satisfies LineOf<'forget'>);
    return;
  }
  if (tally.channels().length > 0) await output.line(tallyTable(tally, mode, output.colors));
  output.note(
    total.forgotten === 0
      ? `There is no personal data ${what} that can be forgotten.`
      : `Personal data ${what} ${isDone ? 'was' : 'would be'} forgotten in ${count(total.forgotten, 'decision')}.`,
  );
  for (const text of leftTexts(total)) output.note(output.colors.yellow(text));
  if (isDone) return;
  if (isRebuildLeft)
    output.note(
      output.colors.yellow(
        'A rebuild is running, or has left its schema, which may hold more personal data. --yes is refused as long as that schema exists. ' +
          `To remove the schema and forget: runclose replay rebuild --drop, then ${command} --yes`,
      ),
    );
  else if (total.forgotten > 0 || isAuthor) output.note(howToForget(command));
};
