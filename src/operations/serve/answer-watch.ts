import { Failure } from '../../processor/failure.ts';
import { LIMITS, type StandstillWatchDeps } from './standstill-watch.ts';

export type AnswerWatchDeps = StandstillWatchDeps & {
  readonly worker: number;
  /** Settles when the thread's event loop runs. */
  readonly ask: () => Promise<unknown>;
};

/** Watches whether a thread's event loop hangs. Logs a hang first, and later asks to end the process: after the times for a standstill. */
export const watchAnswers = ({
  worker,
  ask,
  logger,
  onStandstill,
  limits = LIMITS,
}: AnswerWatchDeps): { stop(): void } => {
  let [silentMs, isAsking, isReported] = [0, false, false];
  let lookedAt = performance.now();

  const noteAnswer = (): void => {
    [silentMs, isAsking, isReported] = [0, false, false];
  };

  const observe = (): void => {
    const now = performance.now();
    // Count at most two intervals: if the process was suspended, it has observed nothing in the meantime.
    if (isAsking) silentMs += Math.min(now - lookedAt, 2 * limits.lookEveryMs);
    lookedAt = now;
    if (!isAsking) {
      isAsking = true;
      ask().then(noteAnswer, noteAnswer);
    }
    const says = `worker ${String(worker)} has not answered for ${String(Math.round(silentMs / 1000))} s`;
    if (silentMs >= limits.reportMs && !isReported) logger.error({ worker }, says);
    isReported = silentMs >= limits.reportMs;
    if (silentMs < limits.exitMs) return;
    clearInterval(timer);
    onStandstill(new Failure('fatal', 'STANDSTILL', says));
  };

  const timer = setInterval(observe, limits.lookEveryMs);
  return { stop: () => clearInterval(timer) };
};
