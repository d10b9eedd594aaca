import { z } from 'zod';
import { count, headers, line, list, position, positionShape, text, time } from './shapes.ts';

export const deadLetterBucket = line({
  reason: text,
  schemaId: count.nullable(),
  producer: text,
  count,
  first: time,
  last: time,
  lastAt: position,
});

export const deadLetter = line({
  ...positionShape,
  timestamp: time,
  reason: text.nullable(),
  message: text.nullable(),
  source: position.nullable(),
  key: text.nullable(),
  headers,
  value: text.nullable(),
});

const verdict = line({ count, firstAt: position }).optional();
export const redriven = line({
  topic: text,
  to: text,
  done: z.boolean(),
  letters: count,
  verdicts: line({
    sent: verdict,
    sentBefore: verdict,
    unreadable: verdict,
    tooManyAttempts: verdict,
    foreign: verdict,
    untraceable: verdict,
    tooLarge: verdict,
    notAskedFor: verdict,
  }),
  partitions: list(line({ partition: count, from: count, to: count, finished: count })),
});
