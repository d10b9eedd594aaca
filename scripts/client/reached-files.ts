import { readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import ts from 'typescript';

export type Reached = {
  /** Relative to the folder of the package, sorted. */
  readonly files: readonly string[];
  /** Those of the known packages that the files import or name, sorted. */
  readonly packages: readonly string[];
};

/**
 * Follows the imports of compiled modules and of their declarations, from the entries on. Throws if a file imports a package that is not
 * known.
 *
 * @param base the folder of the package
 * @param entries relative to the base
 * @param known the packages that the manifest names
 */
export const reachedFiles = (base: string, entries: readonly string[], known: readonly string[]): Reached => {
  const files = new Set<string>();
  const packages = new Set<string>();

  const visit = (file: string): void => {
    if (files.has(file)) return;
    files.add(file);
    const text = readFileSync(join(base, file), 'utf8');
    for (const { fileName: imported } of ts.preProcessFile(text, true, true).importedFiles) {
      if (imported.startsWith('.'))
        visit(relative(base, join(base, dirname(file), compiled(imported, file))));
      else if (!imported.startsWith('node:')) packages.add(knownAs(imported, known, file));
    }
    // Some packages are loaded by a function, so that they do not become part of a bundle.
    for (const literal of literalsIn(text)) {
      const name = packageOf(literal, known);
      if (name !== undefined) packages.add(name);
    }
  };

  for (const entry of entries) visit(entry);
  return { files: [...files].sort(), packages: [...packages].sort() };
};

/** The declarations of `x.ts` are `x.d.ts`. */
const compiled = (imported: string, by: string): string =>
  by.endsWith('.d.ts') ? imported.replace(/(?<!\.d)\.ts$/, '.d.ts') : imported;

const knownAs = (imported: string, known: readonly string[], by: string): string => {
  const name = packageOf(imported, known);
  if (name === undefined) throw new Error(`${by} imports ${imported}, which package.json does not name`);
  return name;
};

const packageOf = (module: string, known: readonly string[]): string | undefined =>
  known.find((name) => module === name || module.startsWith(`${name}/`));

/** The texts in the code, and the beginnings of its templates. */
const literalsIn = (text: string): readonly string[] => {
  const literals: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isStringLiteralLike(node) || ts.isTemplateHead(node)) literals.push(node.text);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile('module.js', text, ts.ScriptTarget.Latest));
  return literals;
};
