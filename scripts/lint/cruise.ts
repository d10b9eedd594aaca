import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { cruise } from 'dependency-cruiser';
import type { ICruiseResult } from 'dependency-cruiser';
import rules from '../../.dependency-cruiser.mjs';

export type CruiseReport = {
  /** `rule: from → to`, one for each import that breaks a rule. */
  readonly violations: readonly string[];
  /** The modules under src that were checked. */
  readonly seen: readonly string[];
};

/** Checks every module below `<base>/src`, `<base>/scripts` and `<base>/test` against the dependency rules. */
export const cruiseModules = async (base: string): Promise<CruiseReport> => {
  const { forbidden = [], options } = rules;
  const folders = ['src', 'scripts', 'test'].filter((folder) => existsSync(join(base, folder)));
  const { output } = await cruise(folders, {
    ...options,
    baseDir: base,
    ruleSet: { forbidden },
    validate: true,
  });
  const { modules, summary } = output as ICruiseResult;
  return {
    violations: summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} → ${to}`),
    seen: modules.map(({ source }) => source).filter((source) => source.startsWith('src/')),
  };
};

/**
 * The files that the checker should have seen but has not. With a compiler version that it does not support, the checker sees no files at
 * all, finds no violations, and passes.
 */
export const unseenModules = (base: string, seen: readonly string[]): string[] =>
  readdirSync(join(base, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => join('src', file))
    .filter((file) => !seen.includes(file));
