/**
 * Writes the files of commands. Only their owner can read the files (0600). An existing file is replaced only if it is empty or this
 * program wrote it, so that a mistyped name does not destroy a file.
 */
import { constants } from 'node:fs';
import { access, open, stat, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileNotWritten } from '../../avro/history-file-writer.ts';
import { FACTS_KEY } from '../../avro/history-schema.ts';
import { wrongUse } from '../../processor/failure.ts';
import { refuseOtherHistory, type HistoryKind } from './replaced-history.ts';

/** Kinds of files that this program writes, recognised by their first bytes. `bytes` of a dead letter cannot be recognised. */
export type TargetKind = 'history' | 'page' | 'picture' | 'report' | 'bytes';

/** Call this before the work, so that no work is lost if the file is refused. */
export const refuseUnwritable = async (path: string, kind: TargetKind): Promise<void> => {
  const folder = dirname(path);
  const existing = await stat(path).catch(() => undefined);
  if (existing?.isDirectory() === true) throw wrongUse(`${path} is a folder: name a file in it`);
  if ((await stat(folder).catch(() => undefined))?.isDirectory() !== true)
    throw wrongUse(`${path} cannot be written: there is no folder ${folder}`);
  await access(folder, constants.W_OK).catch(() => {
    throw wrongUse(`${path} cannot be written: this user has no right to write into ${folder}`);
  });
  if (existing?.isFile() === true && existing.size > 0 && !(await isOurs(path, kind)))
    throw wrongUse(`${path} already exists and is not ${NAMES[kind]}: name another file, or remove this one`);
};

/** For files that are written beside the old file and then replace it. So this also refuses devices and pipes, which would be lost. */
export const refuseToReplace = async (path: string, kind: HistoryKind): Promise<void> => {
  await refuseUnwritable(path, 'history');
  if ((await stat(path).catch(() => undefined))?.isFile() === false)
    throw wrongUse(`${path} already exists and is not a file: name another file`);
  await refuseOtherHistory(path, kind);
};

/** Overwrites the file. */
export const writeTarget = async (path: string, content: string | Buffer): Promise<void> => {
  try {
    const file = await openTarget(path);
    try {
      await file.writeFile(content);
    } finally {
      await file.close();
    }
  } catch (cause) {
    throw fileNotWritten(path, cause);
  }
};

/** Opens the file empty. People who could read the former file cannot read the new content. */
export const openTarget = async (path: string): Promise<FileHandle> => {
  const file = await open(path, 'w', 0o600);
  // Leave the rights of devices, and of files of other owners, as they are.
  if ((await file.stat()).isFile()) await file.chmod(0o600).catch(() => undefined);
  return file;
};

const NAMES: Readonly<Record<TargetKind, string>> = {
  history: 'a file of `replay export` or `replay snapshot`',
  page: 'a page of `replay what-if`',
  picture: 'a picture of `fairness`',
  report: 'a report of `replay rebuild`',
  bytes: 'empty',
};

/** Enough for Avro's metadata, which comes first and holds the schema. */
const BEGINNING_BYTES = 64 * 1024;

const isOurs = async (path: string, kind: TargetKind): Promise<boolean> => {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(BEGINNING_BYTES));
    const beginning = buffer.toString('latin1', 0, bytesRead);
    switch (kind) {
      case 'history':
        return beginning.startsWith('Obj\u0001') && beginning.includes(FACTS_KEY);
      case 'page':
        return beginning.startsWith('<!doctype html>') && beginning.includes('<title>What if: ');
      case 'picture':
        return beginning.startsWith('<svg ') && beginning.includes('<title>Runs made against fair share');
      case 'report':
        return beginning.startsWith('{"kind":"');
      case 'bytes':
        return false;
    }
  } finally {
    await file.close();
  }
};
