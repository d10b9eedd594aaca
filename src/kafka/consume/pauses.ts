import type { ConsumerControls } from './consumer-controls.ts';

/** The partitions that are paused. A partition that is held for several reasons resumes when the last reason ends. */
export type Pauses = {
  /** Pauses the partition until the returned function is called. */
  hold(partition: number): () => void;
  holdFor(partition: number, ms: number): void;
  /** Call this after each join of the group: resumes every partition and forgets all earlier reasons. */
  resumeAll(): void;
  /** Forgets all reasons, and resumes no partition. */
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
