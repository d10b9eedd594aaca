/**
 * Lets one process at a time work in a folder, even if containers or machines share the folder. All of these may have process id 1, so a
 * process id only counts together with its start time, on the same boot of a machine and in the same process namespace. Any other holder
 * proves that it is alive by touching its file: the next process watches the file for several beats. No clocks are compared. Rejects with
 * `STATE_IN_USE` if another process holds the folder.
 *
 * Limits: the file system must create a hard link only once (local disks, NFS and SMB do). If a holder on another machine stands still for
 * longer than the watch, it loses the folder; `lost` rejects at its next beat.
 */
import { randomUUID } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { link, open, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../processor/failure.ts';
import { systemCode } from '../processor/system-code.ts';

export type FolderHold = {
  /** Rejects when another process has taken the folder over. */
  readonly lost: Promise<never>;
  /** Never rejects. */
  release(): Promise<void>;
};

export type HoldTiming = { readonly beatMs: number; readonly watchMs: number };

type Holder = {
  readonly machine: string;
  /** The boot and process namespace in which a process id is unique; null: unknown. */
  readonly space: string | null;
  readonly processId: number;
  readonly startedAt: string | null;
};

/** NFS clients may show a file's times as they were 3 seconds ago, and some disks keep them to 2 seconds. */
const TIMING: HoldTiming = { beatMs: 2000, watchMs: 15_000 };
const NAME = /^holder-(\d+)$/;

/** @param onWatch told if it takes some seconds to find out whether the holder is alive */
export const holdFolder = async (
  folder: string,
  onWatch: (seconds: number) => void,
  timing: HoldTiming = TIMING,
): Promise<FolderHold> => {
  const draft = join(folder, `holder-${randomUUID()}.draft`);
  await writeFile(draft, JSON.stringify(ownHolder()), { flag: 'wx', mode: 0o600 });
  try {
    for (;;) {
      const before = await newestOf(folder);
      if (before > 0) await requireGone(folder, before, onWatch, timing);
      const own = before + 1;
      if (!(await isLinked(draft, pathOf(folder, own)))) continue;
      await clearOthers(folder, { own, before }, onWatch, timing);
      return await keepAlive(folder, own, timing);
    }
  } finally {
    await rm(draft, { force: true });
  }
};

/** While its file exists, no number is used twice. So removing the file of a dead holder never removes the file of a live one. */
const clearOthers = async (
  folder: string,
  { own, before }: { readonly own: number; readonly before: number },
  onWatch: (seconds: number) => void,
  timing: HoldTiming,
): Promise<void> => {
  try {
    for (const other of await numbersIn(folder)) {
      if (other === own) continue;
      // If the previous holder released the folder meanwhile, another process may have started again at 1.
      if (other !== before) await requireGone(folder, other, onWatch, timing);
      await rm(pathOf(folder, other), { force: true });
    }
  } catch (error) {
    await rm(pathOf(folder, own), { force: true });
    throw error;
  }
};

/** The handle stays open, so that a new file under the same name cannot be mistaken for this holder's file. */
const keepAlive = async (folder: string, own: number, { beatMs }: HoldTiming): Promise<FolderHold> => {
  const path = pathOf(folder, own);
  const file = await open(path, 'r+');
  const { ino } = await file.stat();
  const isOwn = async (): Promise<boolean> => (await stat(path).catch(nullIfMissing))?.ino === ino;
  let lose: (error: Failure) => void;
  const lost = new Promise<never>((_, reject) => {
    lose = reject;
  });
  lost.catch(() => undefined);
  const beat = async (): Promise<void> => {
    if (!(await isOwn())) lose(takenOver(folder));
    const now = new Date();
    await file.utimes(now, now);
  };
  // One failed beat does no harm: the next beat tries again.
  const beats = setInterval(() => void beat().catch(() => undefined), beatMs);
  beats.unref();
  let isHeld = true;
  return {
    lost,
    release: async () => {
      if (!isHeld) return;
      isHeld = false;
      clearInterval(beats);
      if (await isOwn().catch(() => false)) await rm(path, { force: true }).catch(() => undefined);
      await file.close().catch(() => undefined);
    },
  };
};

const requireGone = async (
  folder: string,
  number: number,
  onWatch: (seconds: number) => void,
  timing: HoldTiming,
): Promise<void> => {
  const path = pathOf(folder, number);
  const holder = await readHolder(path);
  const known = holder === null ? 'unknown' : stateOf(holder);
  if (known === 'gone') return;
  if (known === 'running') throw inUse(folder, holder);
  onWatch(Math.ceil(timing.watchMs / 1000));
  if (await isTouched(path, timing)) throw inUse(folder, holder);
};

const isTouched = async (path: string, { beatMs, watchMs }: HoldTiming): Promise<boolean> => {
  const first = await lastBeat(path);
  for (let left = watchMs; left > 0; left -= beatMs) {
    await sleep(Math.min(beatMs, left));
    const now = await lastBeat(path);
    if (now === null) return false;
    if (now !== first) return true;
  }
  return false;
};

/** Opens the file each time, which makes an NFS client ask the server. Null: the file is gone. */
const lastBeat = async (path: string): Promise<number | null> => {
  const file = await open(path).catch(nullIfMissing);
  if (file === null) return null;
  try {
    return (await file.stat()).mtimeMs;
  } finally {
    await file.close();
  }
};

const readHolder = async (path: string): Promise<Holder | null> => {
  const text = await readFile(path, 'utf8').catch(nullIfMissing);
  try {
    return text === null ? null : (JSON.parse(text) as Holder | null);
  } catch {
    return null;
  }
};

const stateOf = ({ space, processId, startedAt }: Holder): 'running' | 'gone' | 'unknown' => {
  if (space === null || startedAt === null || space !== ownSpace()) return 'unknown';
  const started = startOf(processId);
  if (started !== null) return started === startedAt ? 'running' : 'gone';
  try {
    process.kill(processId, 0);
    return 'unknown';
  } catch (error) {
    return systemCode(error) === 'ESRCH' ? 'gone' : 'unknown';
  }
};

const ownHolder = (): Holder => ({
  machine: hostname(),
  space: ownSpace(),
  processId: process.pid,
  startedAt: startOf(process.pid),
});

const ownSpace = (): string | null => {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${boot}/${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return null;
  }
};

const startOf = (processId: number): string | null => {
  try {
    const text = readFileSync(`/proc/${String(processId)}/stat`, 'utf8');
    // The program's name stands in brackets and may hold anything; the start time is field 22.
    return text.slice(text.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  } catch {
    return null;
  }
};

const numbersIn = async (folder: string): Promise<readonly number[]> =>
  (await readdir(folder)).flatMap((name) => NAME.exec(name)?.[1] ?? []).map(Number);

const newestOf = async (folder: string): Promise<number> => Math.max(0, ...(await numbersIn(folder)));

const pathOf = (folder: string, number: number): string => join(folder, `holder-${String(number)}`);

const isLinked = async (from: string, to: string): Promise<boolean> => {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return false;
    throw error;
  }
};

const nullIfMissing = (error: unknown): null => {
  if (systemCode(error) === 'ENOENT') return null;
  throw error;
};

const inUse = (folder: string, holder: Holder | null): Failure => {
  const who =
    holder === null ? 'another process' : `process ${String(holder.processId)} on ${holder.machine}`;
  return new Failure('fatal', 'STATE_IN_USE', `${who} is working in ${folder}`);
};

const takenOver = (folder: string): Failure =>
  new Failure(
    'fatal',
    'STATE_TAKEN_OVER',
    `another process has taken over ${folder}, because this process stood still or its file there was removed: run the same command again when the other process has ended`,
  );
