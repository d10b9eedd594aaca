import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { root } from '../../stack/folders.ts';

const run = promisify(execFile);

/**
 * The folder of another version's checkout, compiled: `against` itself if it is such a folder, else the commit that it names, with this
 * checkout's packages.
 */
export const obtainBuild = async (against: string, folder: string): Promise<string> => {
  if (existsSync(join(against, 'dist/cli/main.js'))) return resolve(against);
  const { stdout: commit } = await run('git', ['rev-parse', '--verify', `${against}^{commit}`], {
    cwd: root,
  }).catch(() => {
    throw new Error(`${against} is neither a commit nor the folder of a compiled checkout`);
  });
  const build = join(folder, `build-${commit.trim().slice(0, 12)}`);
  mkdirSync(build, { recursive: true });
  await run('git', ['archive', '--output', `${build}.tar`, commit.trim()], { cwd: root });
  await run('tar', ['-xf', `${build}.tar`, '-C', build]);
  symlinkSync(join(root, 'node_modules'), join(build, 'node_modules'));
  await run(process.execPath, ['scripts/build.mjs'], { cwd: build });
  return build;
};
