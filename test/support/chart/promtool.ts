/** promtool, Prometheus' own tester, with a folder for its files. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { obtainPromtool } from '../../../scripts/chart/promtool.ts';

export type Promtool = {
  readonly folder: string;
  /** Returns the path. */
  write(name: string, content: string): string;
  /** Rejects with promtool's complaint. */
  run(...args: readonly string[]): Promise<void>;
  remove(): void;
};

const silent = { say: () => undefined, update: () => undefined };

export const openPromtool = async (): Promise<Promtool> => {
  const program = await obtainPromtool({ progress: silent, signal: new AbortController().signal });
  const folder = mkdtempSync(join(tmpdir(), 'runclose-promtool-'));
  return {
    folder,
    write: (name, content) => {
      const path = join(folder, name);
      writeFileSync(path, content);
      return path;
    },
    run: async (...args) => {
      await promisify(execFile)(program, args).catch((error: unknown) => {
        const { stdout, stderr } = error as { stdout: string; stderr: string };
        throw new Error(`promtool ${args.join(' ')}:\n${stdout}${stderr}`);
      });
    },
    remove: () => rmSync(folder, { recursive: true }),
  };
};
