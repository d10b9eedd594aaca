import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { root } from '../stack/folders.ts';

const folder = join(root, 'coverage');
const raw = join(folder, 'raw');
const c8 = join(root, 'node_modules/c8/bin/c8.js');

/** The percentage of lines that the tests must run. */
const MIN_COVERAGE = { 'src/domain': 95, 'src/processor': 95 } as const;

/** Makes every Node process that is started from now on, children of children included, record the lines that it runs. */
export const recordCoverage = (): Record<string, string> => {
  rmSync(folder, { recursive: true, force: true });
  return { NODE_V8_COVERAGE: raw };
};

/** Prints the coverage and returns the shortfalls, in words. */
export const reportCoverage = (): string[] => {
  const reporters = ['text-summary', 'json-summary', 'lcovonly', 'html'].flatMap((name) => [
    '--reporter',
    name,
  ]);
  const excluded = typesAlone().flatMap((file) => ['--exclude', file]);
  const sources = ['--all', '--src', 'src', '--include', 'src/**', ...excluded, '--exclude-after-remap'];
  execFileSync(process.execPath, [c8, 'report', '--temp-directory', raw, ...sources, ...reporters], {
    cwd: root,
    stdio: 'inherit',
  });
  rmSync(raw, { recursive: true });

  const summary = JSON.parse(readFileSync(join(folder, 'coverage-summary.json'), 'utf8')) as Record<
    string,
    FileSummary
  >;
  return Object.entries(MIN_COVERAGE).flatMap(([area, least]) => {
    const percent = linesCovered(summary, join(root, area, '/'));
    process.stdout.write(`${area}: ${percent.toFixed(2)}% of lines (at least ${least}%)\n`);
    return percent < least ? [`${area} is covered to ${percent.toFixed(2)}%, less than ${least}%`] : [];
  });
};

/** The files that only declare types: they have no line that can run. */
const typesAlone = (): string[] =>
  readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => join('src', file))
    .filter((file) => {
      const compilerOptions = {
        module: ts.ModuleKind.ESNext,
        target: ts.ScriptTarget.ES2023,
        removeComments: true,
      };
      const { outputText } = ts.transpileModule(readFileSync(join(root, file), 'utf8'), { compilerOptions });
      return outputText.trim() === 'export {};';
    });

type FileSummary = { readonly lines: { readonly total: number; readonly covered: number } };

const linesCovered = (summary: Record<string, FileSummary>, area: string): number => {
  const files = Object.entries(summary).filter(([file]) => file.startsWith(area));
  const total = files.reduce((sum, [, { lines }]) => sum + lines.total, 0);
  const covered = files.reduce((sum, [, { lines }]) => sum + lines.covered, 0);
  return total === 0 ? 0 : (100 * covered) / total;
};
