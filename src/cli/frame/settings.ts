import { withCheckoutDefaults } from '../../config/checkout.ts';
import { loadConfig } from '../../config/config.ts';
import type { Environment } from '../../config/variable-texts.ts';
import type { Settings } from '../../operations/work.ts';
import type { Output } from './output.ts';

/** Reads the environment when a command first asks. If values come from a checkout's development stack, prints which. */
export const createSettings = (env: Environment, output: Output): Settings => {
  let complete: Environment | undefined;
  return (...parts) => {
    if (complete === undefined) {
      const checkout = withCheckoutDefaults(env);
      complete = checkout.env;
      if (checkout.fromStack.length > 0)
        output.note(`Using ${checkout.fromStack.join(', ')} from .stack/env`);
    }
    return parts.length === 0 ? loadConfig(complete) : loadConfig(complete, parts);
  };
};
