import { constants } from 'node:fs';
import { access, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileNotWritten } from '../../avro/history-file-writer.ts';
import { wrongUse } from '../frame/exit-codes.ts';

/** Told before the work is done, not behind it. */
export const refuseUnwritable = async (path: string): Promise<void> => {
  const folder = dirname(path);
  if ((await stat(path).catch(() => undefined))?.isDirectory() === true)
    throw wrongUse(`${path} is a folder: name a file in it`);
  if ((await stat(folder).catch(() => undefined))?.isDirectory() !== true)
    throw wrongUse(`${path} cannot be written: there is no folder ${folder}`);
  await access(folder, constants.W_OK).catch(() => {
    throw wrongUse(`${path} cannot be written: no right to write into ${folder}`);
  });
};

/** For what is written beside it and put in its place: a device, or a pipe, would be gone. */
export const refuseToReplace = async (path: string): Promise<void> => {
  await refuseUnwritable(path);
  if ((await stat(path).catch(() => undefined))?.isFile() === false)
    throw wrongUse(`${path} is there already and is no file: name another one`);
};

/** In one go, over what is there. */
export const writeTarget = (path: string, content: string | Buffer): Promise<void> =>
  writeFile(path, content).catch((cause: unknown) => {
    throw fileNotWritten(path, cause);
  });
