import { readFile } from 'node:fs/promises';
import type { Deployment } from './deployment.ts';
import { jsonLines, type Json } from './json-lines.ts';
import { runRunclose } from './runclose-process.ts';

export type Rebuilt = {
  readonly code: number | null;
  readonly stderr: string;
  readonly summary: Json;
  readonly report: readonly Json[];
};

/** Runs `replay rebuild` to its end, and reads its report, if there is one. */
export const runRebuild = async (
  { env }: Pick<Deployment, 'env'>,
  reportFile: string,
  ...args: string[]
): Promise<Rebuilt> => {
  const { code, stdout, stderr } = await runRunclose(
    ['replay', 'rebuild', '--json', '--report', reportFile, ...args],
    env,
  );
  const report = await readFile(reportFile, 'utf8').catch(() => '');
  return { code, stderr, summary: jsonLines(stdout).at(-1) ?? {}, report: jsonLines(report) };
};

/** The differences and contradictions in a report, as `code field channel`. */
export const foundIn = (report: readonly Json[]): string[] =>
  report
    .filter(({ kind }) => kind !== 'summary')
    .map(({ code, field, channelId }) => [code, field, channelId].map(String).join(' '))
    .sort();
