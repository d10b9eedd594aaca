/**
 * A folder in which an interrupted verification has left how far it came. It belongs to one history and to the options it
 * was begun with: with others, what is kept there would be the answer to another question.
 */
import { link, mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure } from '../../processor/failure.ts';
import { sha256 } from '../../processor/sha256.ts';
import { wrongUse } from '../frame/exit-codes.ts';

export type VerifyState = {
  /** Where claims are kept, and checkpoints. */
  readonly folder: string;
  /** The verification has come to its end: nothing of it is left. */
  remove(): Promise<void>;
};

/** What a verification is of, in words for people. */
export type Undertaking = Readonly<Record<string, string | number | boolean | null>>;

const UNDERTAKING = 'verification.json';
const KEPT = 'kept';
const HOLDER = 'process-id';
const OWN: readonly string[] = [UNDERTAKING, `${UNDERTAKING}.partial`, KEPT];
/** Enough of a file's beginning to know it by, with its length and the time it was written. */
const BEGINNING_BYTES = 1024 * 1024;

/** Rejects where the folder is of another undertaking, or holds something else. */
export const openVerifyState = async (folder: string, undertaking: Undertaking): Promise<VerifyState> => {
  const path = join(folder, UNDERTAKING);
  try {
    await mkdir(folder, { recursive: true });
    const entries = await readdir(folder);
    if (!entries.every((name) => OWN.includes(name) || name.startsWith(HOLDER)))
      throw wrongUse(`--state ${folder}: holds something that no verification has left; name another folder`);
    await takeHold(folder);
    const begun = await readUndertaking(folder);
    if (begun !== null) requireSame(folder, begun, undertaking);
    // Of another one, which was killed while it removed what it had left.
    else await rm(join(folder, KEPT), { recursive: true, force: true });
    await mkdir(join(folder, KEPT), { recursive: true });
    await writeFile(`${path}.partial`, JSON.stringify(undertaking, null, 2));
    await rename(`${path}.partial`, path);
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw new Failure('fatal', 'STATE_UNUSABLE', `--state ${folder}: ${(error as Error).message}`, {
      cause: error,
    });
  }
  return {
    folder: join(folder, KEPT),
    remove: async () => {
      await rm(path, { force: true });
      await rm(join(folder, KEPT), { recursive: true, force: true });
      await rm(join(folder, HOLDER), { force: true });
    },
  };
};

const readUndertaking = async (folder: string): Promise<Undertaking | null> => {
  const text = await readFile(join(folder, UNDERTAKING), 'utf8').catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  });
  if (text === null) return null;
  const undertaking = parsed(text);
  if (typeof undertaking !== 'object' || undertaking === null)
    throw damagedState(folder, `${UNDERTAKING} is not what a verification has left`);
  return undertaking as Undertaking;
};

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
};

/** What is kept cannot be gone on with. */
export const damagedState = (folder: string, why: string, cause?: unknown): Failure =>
  new Failure('fatal', 'STATE_DAMAGED', `going on with what is kept in ${folder}: ${why}`, { cause });

/** Two at once would write over each other's. Who was killed holds nothing. */
const takeHold = async (folder: string): Promise<void> => {
  const path = join(folder, HOLDER);
  const own = `${path}.${String(process.pid)}`;
  try {
    await writeFile(own, String(process.pid));
    // With its content at once, or not at all: of two that begin in the same moment, one finds that of the other.
    while (!(await isLinked(own, path))) {
      const holder = Number(await readFile(path, 'utf8').catch(() => ''));
      if (holder === process.pid) return;
      if (holder > 0 && isAlive(holder))
        throw wrongUse(
          `--state ${folder}: process ${String(holder)} is verifying with it; if that is another program, remove ${path}`,
        );
      await rm(path, { force: true });
    }
  } finally {
    await rm(own, { force: true });
  }
};

const isLinked = async (from: string, to: string): Promise<boolean> => {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
};

const isAlive = (processId: number): boolean => {
  try {
    process.kill(processId, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
};

const requireSame = (folder: string, begun: Undertaking, now: Undertaking): void => {
  const names = new Set([...Object.keys(begun), ...Object.keys(now)]);
  const differing = [...names].filter((name) => begun[name] !== now[name]);
  if (differing.length === 0) return;
  const list = differing.map(
    (name) => `${name} (${String(begun[name] ?? 'none')} then, ${String(now[name] ?? 'none')} now)`,
  );
  throw wrongUse(
    `--state ${folder}: the verification there was begun with another ${list.join(', ')}; ` +
      'go on with what it was begun with, or name another folder',
  );
};

/** What a file is known by. */
export const identityOf = async (name: string, path: string): Promise<Undertaking> => {
  const { size, mtime } = await stat(path);
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(BEGINNING_BYTES));
    const beginning = sha256(buffer.subarray(0, bytesRead)).toString('hex');
    return {
      [`${name} length`]: size,
      [`${name} time`]: mtime.toISOString(),
      [`${name} beginning`]: beginning,
    };
  } finally {
    await file.close();
  }
};
