import { alive } from './alive.ts';
import { clean } from './clean.ts';
import { fair } from './fair.ts';
import type { Invariant } from './invariant.ts';
import { noAbortedReads } from './no-aborted-reads.ts';
import { nothingLost } from './nothing-lost.ts';
import { nothingTorn } from './nothing-torn.ts';
import { nothingTwice } from './nothing-twice.ts';
import { oneWriter } from './one-writer.ts';
import { order } from './order.ts';
import { poisonIsolated } from './poison-isolated.ts';
import { stateIsTheFold } from './state-is-the-fold.ts';
import { storesAgree } from './stores-agree.ts';

/** I1 to I12, in this order. */
export const INVARIANTS: readonly Invariant[] = [
  nothingLost,
  nothingTwice,
  nothingTorn,
  stateIsTheFold,
  storesAgree,
  order,
  noAbortedReads,
  fair,
  alive,
  oneWriter,
  poisonIsolated,
  clean,
];
