import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const COPIES = join(ROOT, 'node_modules/.cache/runclose');

const OUR_WORDS = 'goes';
const THEIR_WORDS = 'trot';

type Folder = {
  readonly main: string;
  /** Replaces a text of a file below the folder, which has to be there. */
  change(file: string, ours: string, theirs: string): void;
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
    change: (name, ours, theirs) => {
      const file = join(folder, name);
      const before = readFileSync(file, 'utf8');
      const after = before.replaceAll(ours, theirs);
      if (after === before) throw new Error(`${name} does not say "${ours}"`);
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

/** What the next version says in each of its events: a field of the schema that this version does not have. */
const ADDED_FIELD = { name: 'station', type: 'string', default: '', doc: 'Where it was made.' };

const FIRST_FIELD = '"fields":[{"name":"eventId",';

/** A build whose schema of each event has a field more, in front of all others; it is filled in with something else than its default. */
export type GrownVersion = Pick<Folder, 'main' | 'remove'> & {
  /** The same build, which ends as by a bug where it would emit what it has just stored. */
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
    'emit: async ({ owed, end }, producer) => {',
    "emit: async ({ owed, end }, producer) => { throw new TypeError('no coffee');",
  );
  return {
    main: whole.main,
    mainThatNeverEmits: broken.main,
    remove: () => {
      for (const { remove } of grown) remove();
    },
  };
};
