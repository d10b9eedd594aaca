import { readFrame } from '../../wire/frame.ts';
import { reasonOfDeadLetter } from '../../kafka/dead-letter-reason.ts';
import type { LogRecord } from '../../kafka/log-record.ts';
import { attemptsOf } from '../../kafka/redriven-letters.ts';
import type { Position } from '../../wire/position.ts';
import type { Decoded } from '../../processor/ports/record-codec.ts';

/** What becomes of a dead letter. Every letter except `sent` and `sent-before` is left for another run. */
export type Verdict =
  | 'sent'
  | 'sent-before'
  | 'unreadable'
  | 'too-many-attempts'
  /** No processor of this topic has written it. */
  | 'foreign'
  /** Retention may have removed its copy from the input, so nobody can tell whether it was sent. */
  | 'untraceable'
  /** Too large for the input, even compressed. */
  | 'too-large'
  /** The caller asked for another reason or schema. */
  | 'not-asked-for';

/** What decides a verdict. */
export type LetterRules = {
  readonly topic: string;
  readonly reason: string | undefined;
  readonly schemaId: number | undefined;
  readonly maxAttempts: number;
  readonly wasSent: (letter: LogRecord) => boolean;
  /** Whether the input still reaches back to where a copy of this record would be. */
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
