import { count } from '../../domain/words/count.ts';
import type { Forgetting } from '../../operations/forget/forgetting.ts';
import { EXIT } from '../frame/exit-codes.ts';
import type { Colors, Output } from '../frame/output.ts';
import type { LineOf } from '../json/lines.ts';
import { leftOf, leftTexts, tallyTable } from './tally-text.ts';

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

/** Prints what was (or would be) forgotten, what was not, and why. Resolves with the exit code. */
export const printForgotten = async (output: Output, forgetting: Forgetting, told: Told): Promise<number> => {
  const { tally } = forgetting;
  const total = tally.total();
  const done = told.mode === 'write';
  if (output.json) {
    for (const channel of tally.channels())
      await output.record({ kind: 'channel', ...channel } satisfies LineOf<'forget'>);
    await output.record({ kind: 'summary', ...total, done } satisfies LineOf<'forget'>);
  } else {
    if (tally.channels().length > 0) await output.line(tallyTable(tally, told.mode, output.colors));
    for (const note of notesOn(forgetting, told, output.colors)) output.note(note);
  }
  return done && leftOf(total) > 0 ? EXIT.failed : EXIT.done;
};

const notesOn = (
  { tally, isRebuildLeft }: Forgetting,
  { mode, what, command, isAuthor = false }: Told,
  { yellow }: Colors,
): readonly string[] => {
  const total = tally.total();
  const found =
    total.forgotten === 0
      ? `There is no personal data ${what} that can be forgotten.`
      : `Personal data ${what} ${mode === 'write' ? 'was' : 'would be'} forgotten in ${count(total.forgotten, 'decision')}.`;
  const notes = [found, ...leftTexts(total).map(yellow)];
  if (mode === 'write') return notes;
  if (isRebuildLeft)
    return [
      ...notes,
      yellow(
        'A rebuild is running, or has left its schema, which may hold more personal data. --yes is refused as long as that schema exists. ' +
          `To remove the schema and forget: runclose replay rebuild --drop, then ${command} --yes`,
      ),
    ];
  return total.forgotten > 0 || isAuthor ? [...notes, howToForget(command)] : notes;
};
