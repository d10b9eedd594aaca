/**
 * Builds the Dockerfile as `docker build` would, without a container engine. Each stage is a folder. COPY takes the files of this checkout
 * that .dockerignore allows. Each RUN step really runs, in the folder of its WORKDIR.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

export const CHECKOUT = fileURLToPath(new URL('../../', import.meta.url));

export type Instruction = { readonly name: string; readonly text: string };

/** Instructions in their order. Comments are left out, and continued lines are joined. */
export const readDockerfile = (): readonly Instruction[] =>
  readFileSync(join(CHECKOUT, 'Dockerfile'), 'utf8')
    .split('\n')
    .filter((line) => !line.startsWith('#'))
    .join('\n')
    .replaceAll(/\\\n\s*/g, '')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [name = '', ...rest] = line.split(' ');
      return { name, text: rest.join(' ') };
    });

/** The arguments of the last instruction of this name. They must be a JSON array, so that no shell is involved. */
export const execForm = (name: string, instructions = readDockerfile()): readonly string[] => {
  const text = lastOf(name, instructions);
  return JSON.parse(text.slice(text.indexOf('['))) as string[];
};

export const lastOf = (name: string, instructions = readDockerfile()): string =>
  instructions.findLast((instruction) => instruction.name === name)?.text ?? '';

/** Follows the rules of .dockerignore: the last pattern that matches the path, or a folder above it, decides. */
export const isInContext = (path: string): boolean => {
  const patterns = readFileSync(join(CHECKOUT, '.dockerignore'), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  const parts = path.split('/');
  const above = parts.map((_, index) => parts.slice(0, index + 1).join('/'));
  let isIgnored = false;
  for (const pattern of patterns) {
    const text = pattern
      .replace(/^!/, '')
      .replaceAll('.', '\\.')
      .replaceAll('**/', '(.+/)?')
      .replaceAll('*', '[^/]*');
    if (above.some((folder) => new RegExp(`^${text}$`).test(folder))) isIgnored = !pattern.startsWith('!');
  }
  return !isIgnored;
};

/** Builds all stages below the folder, and returns the root of the last one. */
export const buildImage = (folder: string, env: NodeJS.ProcessEnv): string => {
  const stages = new Map<string, string>();
  let [root, workdir] = ['', '/'];
  for (const { name, text } of readDockerfile()) {
    switch (name) {
      case 'FROM': {
        const stage = text.split(' AS ')[1] ?? 'final';
        root = join(folder, stage);
        stages.set(stage, root);
        break;
      }
      case 'WORKDIR':
        workdir = text;
        mkdirSync(join(root, workdir), { recursive: true });
        break;
      case 'COPY':
        copy(text, stages, join(root, workdir));
        break;
      case 'RUN': {
        const { status, stdout, stderr } = spawnSync('sh', ['-c', text], {
          cwd: join(root, workdir),
          env,
          encoding: 'utf8',
        });
        if (status !== 0) throw new Error(`RUN ${text} ended with ${String(status)}: ${stdout}${stderr}`);
      }
    }
  }
  return root;
};

const copy = (text: string, stages: ReadonlyMap<string, string>, workdir: string): void => {
  const [, stage, paths = ''] = /^(?:--from=(\S+) )?(.*)$/.exec(text) ?? [];
  const words = paths.split(' ');
  const [sources, target] = [words.slice(0, -1), words.at(-1) ?? ''];
  const from = stage === undefined ? CHECKOUT : (stages.get(stage) ?? '');
  for (const source of sources) {
    const path = join(from, source);
    const isInside = (candidate: string): boolean =>
      stage !== undefined || candidate === path || isInContext(relative(CHECKOUT, candidate));
    if (!existsSync(path) || (stage === undefined && !isInContext(source)))
      throw new Error(`COPY ${text}: ${source} is not in the context`);
    const isFile = statSync(path).isFile();
    const to = isFile && target.endsWith('/') ? join(workdir, target, basename(path)) : join(workdir, target);
    mkdirSync(dirname(to), { recursive: true });
    cpSync(path, to, { recursive: true, verbatimSymlinks: true, filter: isInside });
  }
};
