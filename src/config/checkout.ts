import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseEnv } from 'node:util';
import type { Environment } from './variable-texts.ts';
import { systemCode } from '../processor/system-code.ts';

export type CheckoutEnvironment = {
  readonly env: Environment;
  /** The variables that came from the checkout's development stack, because the environment did not set them. */
  readonly fromStack: readonly string[];
};

/** Where the development stack writes how to reach it. An installed package has no such file. */
const STACK_ENV = fileURLToPath(new URL('../../.stack/env', import.meta.url));

/** These variables name files of the secured stack. They are not settings. */
const SECURED = 'STACK_SECURED_';

/** In a checkout whose development stack is set up: the environment, with its unset variables from `.stack/env`. */
export const withCheckoutDefaults = (env: Environment, stackEnv = STACK_ENV): CheckoutEnvironment => {
  const stack = readStackEnv(stackEnv);
  const unset = Object.entries(stack).filter(
    ([name]) => !name.startsWith(SECURED) && !env[name] && !env[`${name}_FILE`],
  );
  return { env: { ...env, ...Object.fromEntries(unset) }, fromStack: unset.map(([name]) => name) };
};

/** Whether the addresses in a variable are those of the development stack: taken from `.stack/env`, or the same as there. */
export const isAtStack = (variable: string, env: Environment, stackEnv = STACK_ENV): boolean => {
  const set = env[variable];
  if (!set) return !env[`${variable}_FILE`];
  const stack = addressesIn(readStackEnv(stackEnv)[variable] ?? '');
  return addressesIn(set).some((address) => stack.includes(address));
};

/** Hosts with their ports, in a list of brokers or of URLs. */
const addressesIn = (value: string): readonly string[] =>
  value.split(',').flatMap((each) => /^\s*(?:\w+:\/\/)?(?:[^@/]*@)?([^/?\s]+)/.exec(each)?.[1] ?? []);

const readStackEnv = (path: string): Environment => {
  try {
    return parseEnv(readFileSync(path, 'utf8'));
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return {};
    throw error;
  }
};
