import { createWriteStream } from 'node:fs';
import { once } from 'node:events';
import { Failure } from '../../../processor/failure.ts';

/** Everything that a rebuild has found, one JSON object a line, however many there are. */
export type ReportFile = {
  add(entry: object): Promise<void>;
  close(): Promise<void>;
};

export const openReportFile = async (path: string): Promise<ReportFile> => {
  const stream = createWriteStream(path);
  try {
    await once(stream, 'open');
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new Failure(
      'fatal',
      'WRONG_USE',
      `the report cannot be written: ${message}; --report names another place`,
      { cause: error },
    );
  }
  return {
    add: async (entry) => {
      if (!stream.write(`${JSON.stringify(entry)}\n`)) await once(stream, 'drain');
    },
    close: async () => {
      if (stream.closed) return;
      stream.end();
      await once(stream, 'close');
    },
  };
};
