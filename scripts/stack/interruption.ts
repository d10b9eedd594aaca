/** Aborts at the first Ctrl-C or polite kill. Repeats change nothing: npm and the terminal both send one. */
export const onInterruption = (): AbortSignal => {
  const controller = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      controller.abort(new Interrupted());
    });
  }
  return controller.signal;
};

/** Aborts when the reader of this stream has left, as `| head` does. */
export const onReaderLeft = (stream: NodeJS.WriteStream): AbortSignal => {
  const controller = new AbortController();
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') controller.abort(new Interrupted());
  });
  return controller.signal;
};

/** The person changed their mind: nothing to report, exit code 130. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
  constructor() {
    super('interrupted');
  }
}
