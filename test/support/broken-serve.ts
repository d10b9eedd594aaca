/** `runclose serve` without one of its rules, as the variable `WITHOUT` names it: whoever checks must see that. */
import { runProcess } from '../../src/cli/frame/process.ts';
import { createServe } from '../../src/cli/serve.ts';
import type { Rule } from './rules.ts';
import * as broken from './simulation/broken-processors.ts';

const HANDLERS = {
  'offset check': broken.withoutOffsetCheck,
  'source check': broken.withoutSourceCheck,
  'tail read': broken.withoutTailRead,
} as const satisfies Readonly<Record<Rule, unknown>>;

await runProcess([createServe({ createHandler: HANDLERS[process.env['WITHOUT'] as Rule] })]);
