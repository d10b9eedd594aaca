/**
 * The files that a file can reach: those whose path it mentions in a string, and those that these can reach in turn. Imports are such
 * strings, and so are the programs that tests start and the files that they read. A path into `dist` stands for all of `src`.
 */
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { root } from '../stack/folders.ts';

export type Mentions = {
  /** The files that this one can reach, itself included. */
  reachedFrom(file: string): ReadonlySet<string>;
};

export const createMentions = (): Mentions => {
  const known = new Map<string, readonly string[]>();
  const mentionedIn = (file: string): readonly string[] => {
    const paths = known.get(file) ?? (IS_CODE.test(file) ? pathsIn(file) : []);
    known.set(file, paths);
    return paths;
  };
  return {
    reachedFrom: (file) => {
      const reached = new Set([file]);
      // A set may grow during its iteration.
      for (const each of reached) for (const mentioned of mentionedIn(each)) reached.add(mentioned);
      return reached;
    },
  };
};

const IS_CODE = /\.(ts|mjs)$/;
/** A path in quotes, or the part of a template before its first value. */
const PATH_IN_STRING = /(['"`])([\w@./-]+)(?:\1|\$\{)/g;

const pathsIn = (file: string): readonly string[] => {
  const text = readFileSync(join(root, file), 'utf8');
  return [...text.matchAll(PATH_IN_STRING)].flatMap(([, , path = '']) => filesMeant(file, path));
};

const filesMeant = (file: string, path: string): readonly string[] => {
  // `..` alone names no file: the path that is joined to it is in another string.
  if (/^[./]+$/.test(path)) return [];
  const isWord = /^[\w-]+$/.test(path);
  // Only scripts and test/support join names of folders to the root. In other files, a single word is no path.
  if (isWord && !/^(scripts|test\/support)\//.test(file)) return [];
  const fromRoot = filesAt(join(root, path));
  return isWord ? fromRoot : [...fromRoot, ...filesAt(join(root, dirname(file), path))];
};

/** The file, or all files of the folder. */
const filesAt = (path: string): readonly string[] => {
  const inside = relative(root, path);
  if (inside === '' || inside.startsWith('..')) return [];
  if (inside.split('/')[0] === 'dist') return filesAt(join(root, 'src'));
  if (/^(node_modules|\.git|\.stack|coverage)(\/|$)/.test(inside)) return [];
  const source = path.replace(/\.js$/, '.ts');
  if (!existsSync(source)) return [];
  if (!statSync(source).isDirectory()) return [relative(root, source)];
  return readdirSync(source, { recursive: true, encoding: 'utf8' })
    .map((name) => join(source, name))
    .filter((each) => statSync(each).isFile())
    .map((each) => relative(root, each));
};
