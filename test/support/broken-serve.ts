/** `runclose serve` without one of its rules, as the variable `WITHOUT` names it: whoever checks must see that. */
import type { Rule } from './rules.ts';
import { runServeVariant } from './serve-variant.ts';
import * as broken from './simulation/broken-processors.ts';

const HANDLERS = {
  'offset check': broken.withoutOffsetCheck,
  'source check': broken.withoutSourceCheck,
  'tail read': broken.withoutTailRead,
} as const satisfies Readonly<Record<Rule, unknown>>;

await runServeVariant(import.meta.url, { createHandler: HANDLERS[process.env['WITHOUT'] as Rule] });
