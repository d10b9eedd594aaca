import { execFileSync } from 'node:child_process';
import { root } from '../stack/folders.ts';
import type { Progress } from '../stack/progress.ts';
import { createMentions } from './mentions.ts';
import { needServers, tierOf } from './tiers.ts';

/** The test files that changes since main can affect: changes in commits, in the working tree, and in new files. */
export const filesTouched = (files: readonly string[], progress: Progress): string[] => {
  const base = whereMainWasLeft();
  const changed = changedSince(base);
  const touched = touchedBy(changed, files);
  progress.say(
    `${changed.length} files differ from ${base}; they can touch ${touched.length} of ${files.length} test files.`,
  );
  return touched;
};

export const touchedBy = (
  changed: readonly string[],
  files: readonly string[],
  { reachedFrom } = createMentions(),
): string[] => {
  if (changed.length === 0) return [];
  if (changed.some((file) => MATTERS_TO_ALL.test(file))) return [...files];
  const serversChanged = changed.some((file) => MATTERS_TO_SERVERS.test(file));
  return files.filter((file) => {
    // Tests of these tiers look at the whole project, and start its commands by name.
    if (LOOK_AT_ALL.has(tierOf(file))) return true;
    if (serversChanged && needServers([file])) return true;
    const reached = reachedFrom(file);
    return changed.some((each) => reached.has(each));
  });
};

/** Files that affect all tests: the packages, the compiler's settings, and the programs that run the tests. */
const MATTERS_TO_ALL =
  /^(package(-lock)?\.json|\.mocharc\.json|\.nvmrc|\.npmrc|tsconfig\.json|test\/tsconfig\.json|test\/support\/leak-check\.ts|scripts\/[^/]+\.mjs|scripts\/test(\.ts|\/.*))$/;
const MATTERS_TO_SERVERS = /^scripts\/stack(\.ts|\/)/;
const LOOK_AT_ALL: ReadonlySet<string> = new Set(['architecture', 'e2e']);

const git = (...args: string[]): string =>
  execFileSync('git', args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();

const whereMainWasLeft = (): string => {
  for (const main of ['origin/main', 'main']) {
    try {
      return git('merge-base', 'HEAD', main).slice(0, 12);
    } catch {
      // This clone has no such branch.
    }
  }
  return 'HEAD';
};

const changedSince = (base: string): string[] => {
  const names = [
    git('diff', '--name-only', '--no-renames', '-z', base),
    git('ls-files', '--others', '--exclude-standard', '-z'),
  ];
  return [...new Set(names.flatMap((list) => list.split('\0')).filter((name) => name !== ''))];
};
