import type { LogRecord } from '../../kafka/log-record.ts';
import type { Output } from '../frame/output.ts';
import { table } from '../text/table.ts';
import type { Verdict } from './letter-verdicts.ts';
import type { RedrivenPartition } from './redrive-letters.ts';

type Count = { readonly count: number; readonly firstAt: string };

export type RedriveResult = {
  readonly topic: string;
  readonly to: string;
  readonly dry: boolean;
  readonly letters: number;
  /** Where there are any. */
  readonly verdicts: Partial<Readonly<Record<Verdict, Count>>>;
  readonly partitions: readonly RedrivenPartition[];
};

export const createRedriveReport = () => {
  const verdicts: Partial<Record<Verdict, Count>> = {};
  let letters = 0;
  return {
    add: ({ partition, offset }: LogRecord, verdict: Verdict): void => {
      const { count, firstAt } = verdicts[verdict] ?? {
        count: 0,
        firstAt: `${String(partition)}@${String(offset)}`,
      };
      verdicts[verdict] = { count: count + 1, firstAt };
      letters += 1;
    },
    result: () => ({ letters, verdicts }),
  };
};

/** What a person reads. */
export const tellRedrive = async (
  { topic, to, dry, letters, verdicts }: RedriveResult,
  maxAttempts: number,
  output: Output,
): Promise<void> => {
  if (letters === 0) output.note(`No dead letter in ${topic} that was not sent before.`);
  else {
    const words: Readonly<Record<Verdict, string>> = {
      sent: dry ? `would be sent to ${to}` : `sent to ${to}`,
      'sent-before': 'sent before',
      unreadable: 'still cannot be read: left',
      'too-many-attempts': `sent ${String(maxAttempts)} times already: left (--max-attempts)`,
      foreign: 'not put there by a processor of this topic: left',
      untraceable:
        'older than the commands: nobody can tell whether they were sent before: left (--untraceable)',
      'too-large': `too large for ${to}, which has a lower max.message.bytes: left`,
      'not-asked-for': 'not asked for: left',
    };
    const told = (Object.keys(words) as Verdict[]).flatMap((verdict) => {
      const found = verdicts[verdict];
      return found === undefined ? [] : [[found.count, words[verdict], found.firstAt] as const];
    });
    const columns = [
      { title: 'count', align: 'right' },
      { title: 'dead letters' },
      { title: 'first at' },
    ] as const;
    await output.line(table(columns, told, output.colors));
  }
  const sent = verdicts.sent?.count ?? 0;
  const unreadable = verdicts.unreadable;
  if (dry && sent > 0) output.note('Nothing was written. To send them: the same with --yes');
  if (!dry && sent > 0)
    output.note('The processor decides them as new commands: runclose status shows how far it is.');
  if (unreadable !== undefined) output.note(`To look at one: runclose dlq show ${unreadable.firstAt}`);
};
