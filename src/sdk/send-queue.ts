/** Collects commands that come one by one, and publishes many in one request. Each request waits for the previous one. */
import type { RunCloseRequested } from '../domain/records.ts';
import type { Failure } from '../processor/failure.ts';
import { onAbort } from '../kafka/client/on-abort.ts';
import type { OutputEnds } from '../kafka/outcomes/output-ends.ts';
import type { RecordPosition } from '../kafka/produce/publisher.ts';

export type OutgoingCommand = {
  readonly command: RunCloseRequested;
  readonly headers: Readonly<Record<string, string>>;
};

/** `not sent` and `unknown`: the signal was aborted first, before or after the command was handed to the client. */
export type Sending =
  | { readonly kind: 'sent'; readonly position: RecordPosition; readonly since: OutputEnds }
  | { readonly kind: 'not sent' | 'unknown' };

export type SendQueue = {
  /** Rejects with the failure that `failureFor` returns for a failed request. */
  send(outgoing: OutgoingCommand, signal: AbortSignal): Promise<Sending>;
  /** Resolves when nothing is left to send. */
  idle(): Promise<void>;
  /** Rejects the commands that are not sent yet. */
  abandon(failure: Failure): void;
};

export type SendQueueDeps = {
  /** Reads the ends of the outputs. Called before each request. */
  readonly begin: () => Promise<OutputEnds>;
  readonly publish: (outgoing: readonly OutgoingCommand[]) => Promise<readonly RecordPosition[]>;
  /** The failure of one command of a request. */
  readonly failureFor: (thrown: unknown, command: RunCloseRequested) => Error;
};

type Entry = OutgoingCommand & {
  isSent: boolean;
  readonly resolve: (sending: Sending) => void;
  readonly reject: (error: Error) => void;
};

/** The most commands in one request. */
const MAX_RECORDS_AT_ONCE = 1_000;

export const createSendQueue = ({ begin, publish, failureFor }: SendQueueDeps): SendQueue => {
  const queue = new Set<Entry>();
  let pumping: Promise<void> | undefined;

  const next = (): readonly Entry[] => [...queue].slice(0, MAX_RECORDS_AT_ONCE);

  const pump = async (): Promise<void> => {
    while (queue.size > 0) {
      let entries: readonly Entry[] = [];
      try {
        const since = await begin();
        entries = next();
        for (const entry of entries) {
          queue.delete(entry);
          entry.isSent = true;
        }
        const positions = entries.length === 0 ? [] : await publish(entries);
        entries.forEach((entry, index) => {
          entry.resolve({ kind: 'sent', position: positions[index] as RecordPosition, since });
        });
      } catch (thrown) {
        for (const entry of entries.length === 0 ? next() : entries) {
          queue.delete(entry);
          entry.reject(failureFor(thrown, entry.command));
        }
      }
    }
    pumping = undefined;
  };

  return {
    send: ({ command, headers }, signal) =>
      new Promise((resolve, reject) => {
        const entry: Entry = {
          command,
          headers,
          isSent: false,
          resolve: (sending) => {
            forget();
            resolve(sending);
          },
          reject: (error) => {
            forget();
            reject(error);
          },
        };
        queue.add(entry);
        const forget = onAbort(signal, () => {
          queue.delete(entry);
          resolve({ kind: entry.isSent ? 'unknown' : 'not sent' });
        });
        pumping ??= pump();
      }),
    idle: async () => {
      await pumping;
    },
    abandon: (failure) => {
      for (const entry of [...queue]) {
        queue.delete(entry);
        entry.reject(failureFor(failure, entry.command));
      }
    },
  };
};
