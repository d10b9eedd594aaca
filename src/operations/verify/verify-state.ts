/**
 * The folder in which a verification keeps its progress, so that it can be resumed. The folder belongs to one history and to the options of
 * its first run: with other options, the progress would be wrong. Changes only a folder that is empty or has the marker. In the folder,
 * changes only files with the names below, and refuses symbolic links under these names. All other files belong to somebody else.
 */
import { lstat, mkdir, open, readdir, readFile, rename, rm, rmdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure, failureOf, wrongUse } from '../../processor/failure.ts';
import { sha256 } from '../../processor/sha256.ts';
import { holdFolder, type HoldTiming } from '../../scratch/folder-hold.ts';
import type { Work } from '../work.ts';
import { systemCode } from '../../processor/system-code.ts';

export type VerifyState = {
  /** The folder for claims and checkpoints. */
  readonly folder: string;
  /** Rejects when another process has taken the folder over. */
  readonly lost: Promise<never>;
  /** Call this when the verification is complete. Leaves an empty folder. */
  remove(): Promise<void>;
};

/** Identifies a verification: its history and options, by names for people. */
export type VerificationIdentity = Readonly<Record<string, string | number | boolean | null>>;

const MARKER = '.runclose-verification';
const MARKER_TEXT = 'runclose replay verify --state keeps its progress in this folder.\n';
const IDENTITY_FILE = 'verification.json';
const KEPT = 'kept';
const OWN = new Set([MARKER, IDENTITY_FILE, `${IDENTITY_FILE}.partial`, KEPT]);
const OWN_KEPT =
  /^((all|\d+)(\.checkpoint(\.partial)?)?|ranges\.json(\.partial)?|ledgers\.avro(\.\w+\.partial)?)$/;
/** A file is identified by its first bytes, up to this number, its length and the time when it was written. */
const BEGINNING_BYTES = 1024 * 1024;

/**
 * Takes the folder until the work ends. Rejects if the folder was not made by a verification, if another process uses it, or if it belongs
 * to another verification.
 */
export const openVerifyState = async (
  { note, onClose }: Pick<Work, 'note' | 'onClose'>,
  folder: string,
  identity: VerificationIdentity,
  timing?: HoldTiming,
): Promise<VerifyState> => {
  const path = join(folder, IDENTITY_FILE);
  const kept = join(folder, KEPT);
  const onWatch = (seconds: number): void =>
    note(
      `Another process has used ${folder}. Watching for ${String(seconds)} s whether the process still runs.`,
    );
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await requireOurs(folder);
    await markAsState(folder);
    const hold = await holdFolder(folder, onWatch, timing);
    onClose(() => hold.release());
    // Mark the folder again: the previous holder may have completed in the meantime, and removed the marker.
    await markAsState(folder);
    const earlier = await readIdentity(folder);
    if (earlier !== null) requireSame(folder, earlier, identity);
    // Without `verification.json`, the files are left from a verification that was killed while it removed them.
    else await removeKept(folder);
    await mkdir(kept, { recursive: true, mode: 0o700 });
    await writeFile(`${path}.partial`, JSON.stringify(identity, null, 2), { mode: 0o600 });
    await rename(`${path}.partial`, path);
    return {
      folder: kept,
      lost: hold.lost,
      remove: async () => {
        await rm(path, { force: true });
        await removeKept(folder);
        // Remove the marker before the folder is released: otherwise this could remove the marker of the next holder.
        await rm(join(folder, MARKER), { force: true });
        await hold.release();
      },
    };
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw new Failure('fatal', 'STATE_UNUSABLE', `--state ${folder}: ${failureOf(error).message}`, {
      cause: error,
    });
  }
};

const requireOurs = async (folder: string): Promise<void> => {
  const names = await readdir(folder);
  if (names.length > 0 && !names.includes(MARKER))
    throw wrongUse(
      `--state ${folder}: the folder is not empty and no verification made it; name another folder`,
    );
  for (const name of names) if (OWN.has(name)) await requirePlain(folder, name);
  if (!names.includes(KEPT)) return;
  for (const name of await readdir(join(folder, KEPT)))
    if (OWN_KEPT.test(name)) await requirePlain(join(folder, KEPT), name);
};

/** Rejects symbolic links: writing to a link, or below one, would change the link's target. */
const requirePlain = async (folder: string, name: string): Promise<void> => {
  const entry = await lstat(join(folder, name));
  if (name === KEPT ? entry.isDirectory() : entry.isFile()) return;
  throw wrongUse(`--state ${folder}: its entry ${name} was not made by a verification; name another folder`);
};

const markAsState = (folder: string): Promise<void> =>
  writeFile(join(folder, MARKER), MARKER_TEXT, { flag: 'wx', mode: 0o600 }).catch((error: unknown) => {
    if (systemCode(error) !== 'EEXIST') throw error;
  });

/** Removes only files of verifications. Keeps other files, and then their folder. */
const removeKept = async (folder: string): Promise<void> => {
  const kept = join(folder, KEPT);
  const names = await readdir(kept).catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT') return null;
    throw error;
  });
  if (names === null) return;
  for (const name of names) if (OWN_KEPT.test(name)) await rm(join(kept, name), { force: true });
  if (names.every((name) => OWN_KEPT.test(name))) await rmdir(kept);
};

const readIdentity = async (folder: string): Promise<VerificationIdentity | null> => {
  const text = await readFile(join(folder, IDENTITY_FILE), 'utf8').catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT') return null;
    throw error;
  });
  if (text === null) return null;
  const identity = parseJson(text);
  if (typeof identity !== 'object' || identity === null)
    throw damagedState(folder, `${IDENTITY_FILE} was not written by a verification`);
  return identity as VerificationIdentity;
};

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
};

/** The failure if the kept progress cannot be resumed. */
export const damagedState = (folder: string, why: string, cause?: unknown): Failure =>
  new Failure('fatal', 'STATE_DAMAGED', `the verification in ${folder} cannot be resumed: ${why}`, { cause });

const requireSame = (folder: string, earlier: VerificationIdentity, current: VerificationIdentity): void => {
  const names = new Set([...Object.keys(earlier), ...Object.keys(current)]);
  const differing = [...names].filter((name) => earlier[name] !== current[name]);
  if (differing.length === 0) return;
  const list = differing.map(
    (name) => `${name} (${String(earlier[name] ?? 'none')} then, ${String(current[name] ?? 'none')} now)`,
  );
  throw wrongUse(
    `--state ${folder}: the verification there was started with another ${list.join(', ')}; ` +
      'use the same options, or name another folder',
  );
};

/** Identifies a file by its length, the time when it was written, and its first bytes. */
export const fileIdentity = async (name: string, path: string): Promise<VerificationIdentity> => {
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
