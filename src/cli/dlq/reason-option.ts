import { Option } from 'commander';
import { POISON_CODES } from '../../wire/poison-codes.ts';

export const reasonOption = (): Option =>
  new Option('--reason <code>', 'only dead letters with this reason, as `dlq list` shows it').choices(
    POISON_CODES,
  );
