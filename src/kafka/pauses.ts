import type { ConsumerControls } from './consumer-controls.ts';

/** Which partitions are not fetched for now. One that is held for several reasons goes on when the last has gone. */
export type Pauses = {
  /** Until the returned function is called. */
  hold(partition: number): () => void;
  holdFor(partition: number, ms: number): void;
  /** The group was joined anew: every partition is fetched, and what held them before has no say any more. */
  resumeAll(): void;
  /** Forgets all reasons, and lets nothing go on. */
  close(): void;
};

export const createPauses = (controls: Pick<ConsumerControls, 'pause' | 'resume'>): Pauses => {
  const held = new Map<number, Set<object>>();
  const timers = new Set<NodeJS.Timeout>();

  const forget = (): void => {
    held.clear();
    for (const timer of timers) clearTimeout(timer);
    timers.clear();
  };

  const hold = (partition: number): (() => void) => {
    const reasons = held.get(partition) ?? new Set();
    const reason = {};
    held.set(partition, reasons.add(reason));
    controls.pause(partition);
    return () => {
      reasons.delete(reason);
      if (reasons.size > 0 || held.get(partition) !== reasons) return;
      held.delete(partition);
      controls.resume(partition);
    };
  };

  return {
    hold,
    holdFor: (partition, ms) => {
      const release = hold(partition);
      const timer = setTimeout(() => {
        timers.delete(timer);
        release();
      }, ms);
      timers.add(timer);
    },
    resumeAll: () => {
      const partitions = [...held.keys()];
      forget();
      for (const partition of partitions) controls.resume(partition);
    },
    close: forget,
  };
};
