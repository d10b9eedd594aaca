import { readFrame } from '../../wire/frame.ts';
import { reasonOfDeadLetter } from '../../kafka/dead-letter-reason.ts';
import type { LogRecord } from '../../kafka/log-record.ts';
import { attemptsOf } from '../../kafka/redriven-letters.ts';
import type { Position } from '../../wire/position.ts';
import type { Decoded } from '../../processor/ports/record-codec.ts';

/** What becomes of a dead letter. All but `sent` and `sent-before` stay where they are, for another time. */
export type Verdict =
  | 'sent'
  | 'sent-before'
  | 'unreadable'
  | 'too-many-attempts'
  /** No processor of this topic has put it there. */
  | 'foreign'
  /** The input no longer reaches back to where it would stand if it had been sent. */
  | 'untraceable'
  /** Too large for the input, even compressed. */
  | 'too-large'
  /** Another reason or schema was asked for. */
  | 'not-asked-for';

/** By what they are judged. */
export type LetterRules = {
  readonly topic: string;
  readonly reason: string | undefined;
  readonly schemaId: number | undefined;
  readonly maxAttempts: number;
  readonly wasSent: (letter: LogRecord) => boolean;
  /** Whether a copy of what stood here would still be seen. */
  readonly isTraceable: (source: Position) => boolean;
};

export const verdictOf = (letter: LogRecord, decoded: Decoded, rules: LetterRules): Verdict => {
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
