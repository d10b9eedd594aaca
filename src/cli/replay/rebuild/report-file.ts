import { open } from 'node:fs/promises';
import { Failure } from '../../../processor/failure.ts';

/** Everything that a rebuild has found, one JSON object a line, however many there are. */
export type ReportFile = {
  add(entry: object): Promise<void>;
  /** Never rejects. */
  close(): Promise<void>;
};

export const openReportFile = async (path: string): Promise<ReportFile> => {
  const file = await open(path, 'w').catch((error: unknown) => {
    throw unwritable(error);
  });
  return {
    add: async (entry) => {
      await file.write(`${JSON.stringify(entry)}\n`).catch((error: unknown) => {
        throw unwritable(error);
      });
    },
    close: async () => {
      await file.close().catch(() => undefined);
    },
  };
};

const unwritable = (cause: unknown): Failure => {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new Failure(
    'fatal',
    'WRONG_USE',
    `the report cannot be written: ${why}; --report names another place`,
    {
      cause,
    },
  );
};
