import type { ConfigProblem } from './config-error.ts';
import type { Texts } from './section.ts';

/** The needed variables that are not set, if the one that needs them is. */
export const missing = <Name extends string>(
  texts: Texts<Name>,
  because: Name,
  needed: readonly Name[],
): readonly ConfigProblem[] =>
  needed
    .filter((name) => texts[because] !== undefined && texts[name] === undefined)
    .map((variable) => ({ variable, message: `is not set although ${because} asks for it` }));
