/**
 * Finds the settings that a command reads in its code: the sections that the command, or a file that it imports, requests from `settings`.
 */
import { readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { EVERYTHING, type ConfigPart, variablesOf } from '../../src/config/config.ts';
import { root } from '../stack/folders.ts';

const IMPORTED = /(?:\bfrom |\bimport\()'(\.[^']+\.ts)'/g;
/** Does not match a call with variables as arguments: that is the function that creates the settings of a section. */
const ASKED = /\bsettings\(((?:'\w+'(?:, )?)*)\)/g;

/** The variables that the command of this file, for example `replay/verify.ts`, reads; perhaps more than it needs in each case. */
export const settingsReadBy = (command: string): readonly string[] => {
  const files = new Set([join(root, 'src/cli', command)]);
  const parts = new Set<ConfigPart>();
  // A set may grow during its iteration.
  for (const file of files) {
    const text = readFileSync(file, 'utf8');
    for (const [, path = ''] of text.matchAll(IMPORTED)) files.add(join(dirname(file), path));
    if (!/^src\/(cli|operations)\//.test(relative(root, file))) continue;
    for (const [, names = ''] of text.matchAll(ASKED)) {
      const named = [...names.matchAll(/\w+/g)].map(([name]) => name as ConfigPart);
      for (const part of named.length === 0 ? EVERYTHING : named) parts.add(part);
    }
  }
  return variablesOf([...parts]);
};
