/** `runclose serve` without the rule that the variable `WITHOUT` names. The checkers must notice that. */
import type { Rule } from './rules.ts';
import { runServeVariant } from './serve-variant.ts';
import * as broken from './simulation/broken-processors.ts';

const HANDLERS = {
  'offset check': broken.withoutOffsetCheck,
  'source check': broken.withoutSourceCheck,
  'tail read': broken.withoutTailRead,
} as const satisfies Readonly<Record<Rule, unknown>>;

await runServeVariant(import.meta.url, { createHandler: HANDLERS[process.env['WITHOUT'] as Rule] });
