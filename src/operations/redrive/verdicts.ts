import { reasonOfDeadLetter } from '../../kafka/records/dead-letter-reason.ts';
import type { LogRecord } from '../../kafka/records/log-record.ts';
import { attemptsOf } from '../../kafka/records/redriven-letters.ts';
import type { Decoded } from '../../processor/ports/record-codec.ts';
import { readFrame } from '../../wire/frame.ts';
import type { Position } from '../../wire/position.ts';

/** The verdict on a dead letter. Every dead letter except `sent` and `sent-before` is left for a later run. */
export type Verdict =
  | 'sent'
  | 'sent-before'
  | 'unreadable'
  | 'too-many-attempts'
  /** No processor of this topic wrote the dead letter. */
  | 'foreign'
  /** Unknown whether it was sent before: retention may have removed the copy from the input. */
  | 'untraceable'
  /** Too large for the input, even compressed. */
  | 'too-large'
  /** The caller asked for another reason or schema. */
  | 'not-asked-for';

/** The facts that decide a verdict. */
export type VerdictRules = {
  readonly topic: string;
  readonly reason: string | undefined;
  readonly schemaId: number | undefined;
  readonly maxAttempts: number;
  readonly wasSent: (letter: LogRecord) => boolean;
  /** True if the input still holds the offsets where a copy of this record would be. */
  readonly isTraceable: (source: Position) => boolean;
};

export const verdictOf = (letter: LogRecord, decoded: Decoded, rules: VerdictRules): Verdict => {
  if (rules.wasSent(letter)) return 'sent-before';
  const { code, source } = reasonOfDeadLetter(letter.headers);
  if (source === null || source.topic !== rules.topic) return 'foreign';
  if (rules.reason !== undefined && code !== rules.reason) return 'not-asked-for';
  if (rules.schemaId !== undefined && rules.schemaId !== schemaIdOf(letter)) return 'not-asked-for';
  if (decoded.kind === 'poison') return 'unreadable';
  if (attemptsOf(letter.headers) >= rules.maxAttempts) return 'too-many-attempts';
  return rules.isTraceable(source) ? 'sent' : 'untraceable';
};

const schemaIdOf = ({ value }: LogRecord): number | null => {
  const frame = readFrame(value);
  return frame.kind === 'framed' ? frame.schemaId : null;
};
