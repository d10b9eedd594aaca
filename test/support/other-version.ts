import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

const CHANGED = { file: 'domain/explanation.js', ours: 'makes this run.', theirs: 'makes that run.' };

/** A build that differs from this one by a word of its explanations. */
export type OtherVersion = {
  readonly main: string;
  /** The same text in the words of this version. Both words are equally long, so that Avro bodies stay whole. */
  inOurWords(body: Buffer): Buffer;
  remove(): void;
};

export const createOtherVersion = (): OtherVersion => {
  const folder = mkdtempSync(join(tmpdir(), 'runclose-other-version-'));
  cpSync(join(ROOT, 'dist'), join(folder, 'dist'), { recursive: true });
  for (const name of ['node_modules', 'schemas', 'src', 'package.json'])
    symlinkSync(join(ROOT, name), join(folder, name));
  const file = join(folder, 'dist', CHANGED.file);
  const before = readFileSync(file, 'utf8');
  const after = before.replaceAll(CHANGED.ours, CHANGED.theirs);
  if (after === before) throw new Error(`${CHANGED.file} does not say "${CHANGED.ours}"`);
  writeFileSync(file, after);
  return {
    main: join(folder, 'dist/cli/main.js'),
    inOurWords: (body) =>
      Buffer.from(body.toString('latin1').replaceAll(CHANGED.theirs, CHANGED.ours), 'latin1'),
    remove: () => {
      rmSync(folder, { recursive: true });
    },
  };
};
