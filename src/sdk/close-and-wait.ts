import { onAbort } from '../kafka/client/on-abort.ts';
import type { CommandOutcome } from '../kafka/outcomes/outcome.ts';
import type { OutcomeWatch } from '../kafka/outcomes/outcome-watch.ts';
import { Failure, failureOf } from '../processor/failure.ts';
import type { Clock } from './clock.ts';
import { unfinished, type CloseResult, type Progress } from './close-result.ts';
import { PublishFailure } from './publish-failure.ts';
import type { OutgoingCommand, SendQueue } from './send-queue.ts';

export type WaitOptions = {
  /** How long to wait for the outcome, in milliseconds from the call. Default: 30,000. */
  readonly timeout?: number;
  /** Ends the wait. A command that was not sent yet is then never sent; otherwise it may still be decided. */
  readonly signal?: AbortSignal;
};

export type CloseAndWaitDeps = {
  readonly send: SendQueue['send'];
  readonly watch: Pick<OutcomeWatch, 'outcomeOf' | 'trouble'>;
  readonly clock: Pick<Clock, 'after'>;
};

export const DEFAULT_TIMEOUT_MS = 30_000;

/** What the publisher was waiting for when the time was over. */
const LATE: Readonly<Record<Progress['kind'], string>> = {
  'not sent': 'Kafka or the schema registry did not answer',
  unknown: 'Kafka did not confirm it',
  published: 'no outcome came',
};

export const createCloseAndWait =
  ({ send, watch, clock }: CloseAndWaitDeps) =>
  async (outgoing: OutgoingCommand, options: WaitOptions): Promise<CloseResult> => {
    const { timeout = DEFAULT_TIMEOUT_MS, signal } = options;
    const { command } = outgoing;
    const { channelId, commandId, requestedAt } = command;
    const wait = startWait(clock, timeout, signal);

    const end = (progress: Progress): CloseResult => {
      const published =
        progress.kind === 'published' ? { ...progress.position, commandId, requestedAt } : undefined;
      if (!wait.isAborted()) {
        const why = `${LATE[progress.kind]} within ${timeout / 1_000} s`;
        const message = unfinished(command, progress, why, watch.trouble());
        return { channelId, commandId, published, outcome: 'timeout', message };
      }
      const message = unfinished(command, progress, 'the wait was aborted');
      throw new PublishFailure(
        new Failure('fatal', 'WAIT_ABORTED', message, { cause: signal?.reason }),
        [command],
        progress.kind,
      );
    };

    try {
      if (wait.signal.aborted) return end({ kind: 'not sent' });
      const sending = await send(outgoing, wait.signal);
      if (sending.kind !== 'sent') return end(sending);
      const { position, since } = sending;
      const published = { ...position, commandId, requestedAt };
      const outcome = await watch
        .outcomeOf({ channelId, commandId, ...position }, since, wait.signal)
        .catch((thrown: unknown): CommandOutcome => {
          throw unreadable(failureOf(thrown), outgoing, { kind: 'published', position });
        });
      return outcome === undefined
        ? end({ kind: 'published', position })
        : { channelId, commandId, published, ...outcome };
    } finally {
      wait.end();
    }
  };

const unreadable = (failure: Failure, { command }: OutgoingCommand, progress: Progress): PublishFailure => {
  const isClosed = failure.code === 'WATCH_CLOSED';
  const why = isClosed ? 'this publisher was closed' : failure.message;
  const { kind, code, isLocal, isLoginRefused } = failure;
  const told = new Failure(kind, isClosed ? 'PUBLISHER_CLOSED' : code, unfinished(command, progress, why), {
    cause: failure,
    scope: isLocal ? 'local' : 'server',
    isLoginRefused,
  });
  return new PublishFailure(told, [command], progress.kind);
};

/** Ends after the timeout, or when the caller's signal is aborted. */
const startWait = (clock: Pick<Clock, 'after'>, timeout: number, signal: AbortSignal | undefined) => {
  const ended = new AbortController();
  let isAborted = false;
  const cancel = clock.after(timeout, () => {
    ended.abort();
  });
  const forget = onAbort(signal, () => {
    isAborted = !ended.signal.aborted;
    ended.abort();
  });
  return {
    signal: ended.signal,
    isAborted: () => isAborted,
    end: () => {
      cancel();
      forget();
    },
  };
};
