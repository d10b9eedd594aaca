import { stat } from 'node:fs/promises';
import { fileNotWritten } from '../../../avro/history-file-writer.ts';
import { visibleText } from '../../../domain/visible-text.ts';
import { wrongUse } from '../../../operations/refusals.ts';
import { openTarget, refuseUnwritable } from '../../../operations/history/target-file.ts';

/** Everything that a rebuild has found, one JSON object a line, however many there are. */
export type ReportFile = {
  add(entry: object): Promise<void>;
  /** Never rejects. */
  close(): Promise<void>;
};

/** @param read the files that the rebuild reads: written over, one of them would be gone for good */
export const openReportFile = async (path: string, read: readonly string[]): Promise<ReportFile> => {
  for (const other of read) {
    if (await areSame(path, other))
      throw wrongUse(`the report would be written over ${other}: --report names another place`);
  }
  await refuseUnwritable(path, 'report');
  const file = await openTarget(path).catch((error: unknown) => {
    throw fileNotWritten(path, error);
  });
  return {
    add: async (entry) => {
      // Not `write`, which may write only a part of the line.
      await file.appendFile(`${visibleText(JSON.stringify(entry))}\n`).catch((error: unknown) => {
        throw fileNotWritten(path, error);
      });
    },
    close: async () => {
      await file.close().catch(() => undefined);
    },
  };
};

/** Under whatever names. */
const areSame = async (one: string, other: string): Promise<boolean> => {
  const [first, second] = await Promise.all([one, other].map((path) => stat(path).catch(() => undefined)));
  return first !== undefined && first.dev === second?.dev && first.ino === second.ino;
};
