import { stat } from 'node:fs/promises';
import { fileNotWritten } from '../../avro/history-file-writer.ts';
import { visibleText } from '../../domain/visible-text.ts';
import { wrongUse } from '../../processor/failure.ts';
import { openTarget, refuseUnwritable } from '../history/target-file.ts';

/** The file with all findings of a rebuild, one JSON object a line. */
export type ReportFile = {
  add(entry: object): Promise<void>;
  /** Never rejects. */
  close(): Promise<void>;
};

/** @param read the files that the rebuild reads: the report must not overwrite them */
export const openReportFile = async (path: string, read: readonly string[]): Promise<ReportFile> => {
  for (const other of read) {
    if (await areSame(path, other))
      throw wrongUse(`the report would overwrite ${other}: name another file with --report`);
  }
  await refuseUnwritable(path, 'report');
  const file = await openTarget(path).catch((error: unknown) => {
    throw fileNotWritten(path, error);
  });
  return {
    add: async (entry) => {
      // Do not use `write`, which may write only a part of the line.
      await file.appendFile(`${visibleText(JSON.stringify(entry))}\n`).catch((error: unknown) => {
        throw fileNotWritten(path, error);
      });
    },
    close: async () => {
      await file.close().catch(() => undefined);
    },
  };
};

/** True if both paths lead to the same file, for example through a link. */
const areSame = async (one: string, other: string): Promise<boolean> => {
  const [first, second] = await Promise.all([one, other].map((path) => stat(path).catch(() => undefined)));
  return first !== undefined && first.dev === second?.dev && first.ino === second.ino;
};
