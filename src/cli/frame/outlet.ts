/**
 * The only place where the command line writes text. Terminal escapes and other control characters are made visible here, whether they come
 * from records, files, servers or arguments. Only line feeds, tabs and the product's own colors pass. `clear` is the
 * product's own, too.
 */
import type { Writable } from 'node:stream';
import { visibleText } from '../../domain/visible-text.ts';
import { withMarksAs } from './colors.ts';

export type OutletStream = Writable & { readonly isTTY?: boolean };

export type Outlet = {
  readonly isTTY: boolean;
  /** Resolves when the reader keeps up, or when nothing can be written any more. Never rejects. */
  write(text: string): Promise<void>;
  /** Clears the screen of a terminal, with what has scrolled away. Does nothing if the stream is no terminal. */
  clear(): void;
  /** Resolves when everything is written, or cannot be. */
  flushed(): Promise<void>;
  /** Why nothing more can be written; null while it can. */
  lost(): NodeJS.ErrnoException | null;
  /** Registers a listener for the loss of the stream. If the stream is lost already, calls the listener at once. */
  onLost(tell: (error: NodeJS.ErrnoException) => void): void;
};

/** True if the reader closed the stream, as in `runclose tail | head`. */
export const hasReaderLeft = ({ code }: NodeJS.ErrnoException): boolean =>
  code === 'EPIPE' || code === 'ECONNRESET' || code === 'EOF';

/** Erases the screen and the lines above it, and moves the cursor to the first column of the first line. */
const CLEAR = '\u001b[2J\u001b[3J\u001b[H';

const outlets = new WeakMap<OutletStream, Outlet>();

/** Returns the outlet of a stream. Each stream has only one. */
export const outletOf = (stream: OutletStream): Outlet => {
  const outlet = outlets.get(stream) ?? createOutlet(stream);
  outlets.set(stream, outlet);
  return outlet;
};

const createOutlet = (stream: OutletStream): Outlet => {
  const isTTY = stream.isTTY === true;
  const waiting: (() => void)[] = [];
  const tellers: ((error: NodeJS.ErrnoException) => void)[] = [];
  let lost: NodeJS.ErrnoException | null = null;
  const isLost = (): boolean => lost !== null;

  const release = (): void => {
    for (const resolve of waiting.splice(0)) resolve();
  };
  const lose = (error: NodeJS.ErrnoException): void => {
    if (lost !== null) return;
    lost = error;
    for (const tell of tellers) tell(error);
    release();
  };
  stream.on('drain', release);
  stream.on('error', lose);
  stream.on('close', () => lose(Object.assign(new Error('the stream was closed'), { code: 'EPIPE' })));

  return {
    isTTY,
    write: (text) => {
      if (lost !== null) return Promise.resolve();
      const keepsUp = stream.write(withMarksAs(isTTY ? 'colors' : 'nothing', visibleText(text)));
      // Check `errored` now: the `error` event comes later, and a loop that only writes would not see it.
      if (stream.errored) lose(stream.errored);
      return keepsUp || isLost() ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve));
    },
    clear: () => {
      if (isTTY && !isLost()) stream.write(CLEAR);
    },
    flushed: () =>
      lost === null
        ? new Promise((resolve) => {
            stream.write('', (error) => {
              if (error) lose(error);
              resolve();
            });
          })
        : Promise.resolve(),
    lost: () => lost,
    onLost: (tell) => {
      if (lost === null) tellers.push(tell);
      else tell(lost);
    },
  };
};
