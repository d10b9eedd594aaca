import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../stack/folders.ts';
import { createMentions } from './mentions.ts';
import { WrongUse } from './wrong-use.ts';

export type Kind = {
  /** Whether the tests talk to real servers. */
  readonly needs: 'nothing' | 'servers';
  /** How much of a core one process keeps busy, the servers' work included. The rest of its time it waits. */
  readonly cores: number;
  /** How long a file takes if nobody has timed it. */
  readonly usualSeconds: number;
};

/** The folders of tests, quick ones first. */
const TIERS = {
  unit: { needs: 'nothing', cores: 1, usualSeconds: 0.1 },
  property: { needs: 'nothing', cores: 1, usualSeconds: 0.1 },
  architecture: { needs: 'nothing', cores: 1, usualSeconds: 0.1 },
  replay: { needs: 'nothing', cores: 1, usualSeconds: 0.1 },
  simulation: { needs: 'nothing', cores: 1, usualSeconds: 0.1 },
  integration: { needs: 'servers', cores: 0.5, usualSeconds: 10 },
  delivery: { needs: 'servers', cores: 0.5, usualSeconds: 10 },
  e2e: { needs: 'servers', cores: 0.5, usualSeconds: 10 },
} as const satisfies Record<string, Kind>;

export type Tier = keyof typeof TIERS;

const tierNames = Object.keys(TIERS) as Tier[];

const isTier = (name: string): name is Tier => Object.hasOwn(TIERS, name);

/** Whether any of these test files talks to real servers. */
export const needServers = (files: readonly string[]): boolean =>
  files.some((file) => TIERS[tierOf(file)].needs === 'servers');

/** Whether any of these test files, or what it imports, talks to the secured stack. */
export const needSecuredStack = (files: readonly string[], { reachedFrom } = createMentions()): boolean =>
  files.some((file) => needServers([file]) && reachedFrom(file).has('test/support/secured-stack.ts'));

/** The tiers of these names; all tiers if no name is given. */
export const tiersNamed = (names: readonly string[] = tierNames): Tier[] => {
  const unknown = names.filter((name) => !isTier(name));
  if (unknown.length > 0)
    throw new WrongUse(`there is no tier ${unknown.join(', ')}; the tiers are ${tierNames.join(', ')}`);
  return names.filter(isTier);
};

/** Every test file of these tiers. A test outside all tiers would never run, so that is an error. */
export const testFiles = (tiers: readonly Tier[] = tierNames): string[] => {
  const files = filesBelow('test').filter((file) => file.endsWith('.test.ts'));
  const stray = files.filter((file) => !isTier(folderOf(file)));
  if (stray.length > 0) throw new Error(`in none of the tiers ${tierNames.join(', ')}: ${stray.join(', ')}`);
  return tiers.flatMap((tier) => files.filter((file) => folderOf(file) === tier));
};

/** The test files that these paths name: files, and folders with everything below them. */
export const testFilesAt = (paths: readonly string[]): string[] => {
  const files = testFiles();
  const below = (path: string): string[] =>
    files.filter((file) => file === path || file.startsWith(`${path.replace(/\/$/, '')}/`));
  const missing = paths.filter((path) => below(path).length === 0);
  if (missing.length > 0) throw new WrongUse(`there is no test file at ${missing.join(', ')}`);
  return [...new Set(paths.flatMap(below))];
};

export const tierOf = (file: string): Tier => {
  const folder = folderOf(file);
  if (!isTier(folder)) throw new Error(`${file} is in none of the tiers ${tierNames.join(', ')}`);
  return folder;
};

export const kindOf = (tier: Tier): Kind => TIERS[tier];

const folderOf = (file: string): string => file.split('/')[1] ?? '';

const filesBelow = (folder: string): string[] =>
  existsSync(join(root, folder))
    ? readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
        .map((file) => join(folder, file))
        .sort()
    : [];
