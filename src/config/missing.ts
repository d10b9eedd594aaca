import type { ConfigProblem } from './config-error.ts';
import type { Texts } from './section.ts';

/** If the variable `because` is set: the variables that it needs and that are not set. */
export const missing = <Name extends string>(
  texts: Texts<Name>,
  because: Name,
  needed: readonly Name[],
): readonly ConfigProblem[] =>
  needed
    .filter((name) => texts[because] !== undefined && texts[name] === undefined)
    .map((variable) => ({ variable, message: `is not set, but ${because} needs it` }));
