/** The flags that several commands of `replay` have. */
import { Option } from 'commander';
import { wholeNumber } from '../frame/flags.ts';

/** `--limit` of a report that counts everything, and lists only some. */
export const limitOption = (what: string, listed: number): Option =>
  new Option('--limit <n>', `list at most this many ${what}`)
    .argParser(wholeNumber(0, 1_000_000))
    .default(listed);

export const snapshotOption = (): Option =>
  new Option(
    '--snapshot <file>',
    'start with the ledgers of this snapshot, if the topic has lost its first commands',
  );
