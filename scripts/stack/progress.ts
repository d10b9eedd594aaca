/** Shows the progress of long work: one line that changes on a terminal, a line every few seconds elsewhere. */
export interface Progress {
  /** Says that something has happened. */
  say: (line: string) => void;
  /** Says what the script does at the moment. */
  update: (line: string) => void;
}

const SECONDS_BETWEEN_LINES = 5;

/** If the reader leaves (`2>&1 | head`), the process continues, or cleans up, without output. */
export const createProgress = (stream: NodeJS.WriteStream): Progress => {
  if (!stream.listeners('error').includes(ignoreLeftReader)) stream.on('error', ignoreLeftReader);
  let spokenAt = 0;
  let pending = false;

  const clear = (): void => {
    if (pending) stream.write('\r\x1b[K');
    pending = false;
  };

  return {
    say: (line) => {
      clear();
      stream.write(`${line}\n`);
      spokenAt = Date.now();
    },
    update: (line) => {
      if (stream.isTTY) {
        clear();
        stream.write(line.slice(0, stream.columns - 1));
        pending = true;
      } else if (Date.now() - spokenAt > SECONDS_BETWEEN_LINES * 1000) {
        stream.write(`${line}\n`);
        spokenAt = Date.now();
      }
    },
  };
};

const ignoreLeftReader = (error: NodeJS.ErrnoException): void => {
  if (error.code !== 'EPIPE') throw error;
};
