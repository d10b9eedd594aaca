import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../stack/folders.ts';

/** The folders of tests, quick ones first, and whether their tests talk to real servers. */
const TIERS = {
  unit: 'alone',
  property: 'alone',
  architecture: 'alone',
  replay: 'alone',
  simulation: 'alone',
  integration: 'servers',
  delivery: 'servers',
  e2e: 'servers',
} as const;

export type Tier = keyof typeof TIERS;

const tierNames = Object.keys(TIERS) as Tier[];

const isTier = (name: string): name is Tier => Object.hasOwn(TIERS, name);

/** Whether any of these test files talks to real servers. */
export const needServers = (files: readonly string[]): boolean =>
  files.map(tierOf).some((tier) => isTier(tier) && TIERS[tier] === 'servers');

/** The tiers of these names; all of them when none is given. */
export const tiersNamed = (names: readonly string[] = tierNames): Tier[] => {
  const unknown = names.filter((name) => !isTier(name));
  if (unknown.length > 0)
    throw new Error(`unknown tier ${unknown.join(', ')}; there are ${tierNames.join(', ')}`);
  return names.filter(isTier);
};

/** Every test file of these tiers. A test that stands in none of the tiers would never run, so that is an error. */
export const testFiles = (tiers: readonly Tier[]): string[] => {
  const files = filesBelow('test').filter((file) => file.endsWith('.test.ts'));
  const stray = files.filter((file) => !isTier(tierOf(file)));
  if (stray.length > 0) throw new Error(`in none of the tiers ${tierNames.join(', ')}: ${stray.join(', ')}`);
  return tiers.flatMap((tier) => files.filter((file) => tierOf(file) === tier));
};

const tierOf = (file: string): string => file.split('/')[1] ?? '';

const filesBelow = (folder: string): string[] =>
  existsSync(join(root, folder))
    ? readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
        .map((file) => join(folder, file))
        .sort()
    : [];
