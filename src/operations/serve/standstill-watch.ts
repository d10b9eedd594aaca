import type { Logger } from '../../observability/logging.ts';
import {
  describeStandstill,
  type Sighting,
  type Standstill,
  type StandstillLimits,
  standstillsAfter,
} from '../../observability/standstill.ts';
import { Failure } from '../../processor/failure.ts';

export type StandstillWatchDeps = {
  readonly logger: Pick<Logger, 'error'>;
  /** Called once. The process should end then. */
  readonly onStandstill: (failure: Failure) => void;
  readonly limits?: WatchLimits;
};

export type WatchLimits = StandstillLimits & { readonly lookEveryMs: number };

export type StandstillWatch = {
  /** From now on, looks every few seconds. `look` never rejects. */
  start(look: () => Promise<Sighting>): void;
  /** The standstills that have lasted long enough to be reported. */
  reported(): readonly Standstill[];
  /** How long the longest standstill has lasted, reported or not; 0: there is none. */
  longestMs(): number;
  stop(): void;
};

/**
 * `reportMs` is longer than the time budgets of a batch and of a rebalance together. `exitMs` leaves time to read the reason in the health
 * report before the process ends.
 */
export const LIMITS: WatchLimits = { lookEveryMs: 10_000, reportMs: 120_000, exitMs: 300_000 };

/** Checks every few seconds whether the process stands still without a known reason. Logs the standstill first, and later asks to end. */
export const watchForStandstill = ({
  logger,
  onStandstill,
  limits = LIMITS,
}: StandstillWatchDeps): StandstillWatch => {
  let standstills: readonly Standstill[] = [];
  let lookedAt = performance.now();
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;

  const lastingFor = (ms: number) => standstills.filter((standstill) => standstill.ms >= ms);

  const tell = (reportedBefore: readonly Standstill[]): void => {
    for (const standstill of lastingFor(limits.reportMs)) {
      const { subject, at } = standstill;
      if (!reportedBefore.some((reported) => reported.subject === subject))
        logger.error({ subject, at }, describeStandstill(standstill));
    }
    const [first] = lastingFor(limits.exitMs);
    if (first === undefined) return;
    stop();
    onStandstill(new Failure('fatal', 'STANDSTILL', describeStandstill(first)));
  };

  const observe = async (look: () => Promise<Sighting>): Promise<void> => {
    const seen = await look();
    if (stopped) return;
    const now = performance.now();
    // Count at most two intervals: if the process was suspended, it has observed nothing in the meantime.
    const elapsed = Math.min(now - lookedAt, 2 * limits.lookEveryMs);
    lookedAt = now;
    const reportedBefore = lastingFor(limits.reportMs);
    standstills = standstillsAfter(standstills, seen, elapsed);
    timer = setTimeout(() => void observe(look), limits.lookEveryMs);
    tell(reportedBefore);
  };

  const stop = (): void => {
    stopped = true;
    clearTimeout(timer);
  };

  return {
    start: (look) => {
      lookedAt = performance.now();
      timer = setTimeout(() => void observe(look), limits.lookEveryMs);
    },
    reported: () => lastingFor(limits.reportMs),
    longestMs: () => Math.max(0, ...standstills.map(({ ms }) => ms)),
    stop,
  };
};
