import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const COPIES = join(ROOT, 'node_modules/.cache/runclose');

const OUR_WORDS = 'goes';
const THEIR_WORDS = 'trot';

type Folder = {
  readonly main: string;
  /** Replaces a text in a file below the folder. The file must contain the text. */
  change(file: string, current: string, replacement: string): void;
  remove(): void;
};

/** A copy of this build, below `node_modules`, where it finds its packages without a symbolic link to them. */
const copyOfThisVersion = (): Folder => {
  mkdirSync(COPIES, { recursive: true });
  const folder = mkdtempSync(join(COPIES, 'other-version-'));
  cpSync(join(ROOT, 'dist'), join(folder, 'dist'), { recursive: true });
  for (const name of ['src', 'schemas', 'package.json']) symlinkSync(join(ROOT, name), join(folder, name));
  return {
    main: join(folder, 'dist/cli/main.js'),
    change: (name, current, replacement) => {
      const file = join(folder, name);
      const before = readFileSync(file, 'utf8');
      const after = before.replaceAll(current, replacement);
      if (after === before) throw new Error(`${name} does not say "${current}"`);
      writeFileSync(file, after);
    },
    remove: () => {
      rmSync(folder, { recursive: true });
    },
  };
};

/** A build that differs from this one by a word of its explanations. */
export type OtherVersion = Pick<Folder, 'main' | 'remove'> & {
  /** An event's body in the words of this version. Both words are equally long, so that Avro bodies stay whole. */
  inOurWords(value: Buffer): Buffer;
};

export const createOtherVersion = (): OtherVersion => {
  const { main, change, remove } = copyOfThisVersion();
  change('dist/domain/explanation.js', OUR_WORDS, THEIR_WORDS);
  return {
    main,
    inOurWords: (value) =>
      Buffer.from(value.subarray(5).toString('latin1').replaceAll(THEIR_WORDS, OUR_WORDS), 'latin1'),
    remove,
  };
};

/** The field that the next version adds to each of its events; this version's schema lacks it. */
const ADDED_FIELD = { name: 'station', type: 'string', default: '', doc: 'Where it was made.' };

const FIRST_FIELD = '"fields":[{"name":"eventId",';

/** A build whose schema of each event has one more field, before all others. Its value differs from its default. */
export type GrownVersion = Pick<Folder, 'main' | 'remove'> & {
  /** The same build, but it ends as if by a bug when it should emit the events that it has just stored. */
  readonly mainThatNeverEmits: string;
};

export const createGrownVersion = (): GrownVersion => {
  const grown = [copyOfThisVersion(), copyOfThisVersion()] as const;
  for (const { change } of grown) {
    // Each event begins with its id, and no command does.
    change(
      'dist/avro/schema-texts.js',
      FIRST_FIELD,
      `"fields":[${JSON.stringify(ADDED_FIELD)},{"name":"eventId",`,
    );
    change(
      'dist/avro/body-codec.js',
      'encoders[type](event)',
      "encoders[type]({ ...event, station: 'bar' })",
    );
  }
  const [whole, broken] = grown;
  broken.change(
    'dist/processor/close-runs.js',
    "trace.step('emit', async () => {",
    "trace.step('emit', async () => { throw new TypeError('no coffee');",
  );
  return {
    main: whole.main,
    mainThatNeverEmits: broken.main,
    remove: () => {
      for (const { remove } of grown) remove();
    },
  };
};
