export type Stage = { readonly seconds: number; readonly cpuSeconds: number };

/** Adds up, by name, the time and the CPU time of this process with its threads. Only one stopwatch may run at a time. */
export type Stopwatches = {
  time<T>(name: string, work: () => Promise<T>): Promise<T>;
  timeSync<T>(name: string, work: () => T): T;
  of(name: string): Stage;
  reset(): void;
};

export const createStopwatches = (): Stopwatches => {
  const stages = new Map<string, Stage>();
  const begin = (name: string): (() => void) => {
    const seconds = performance.now() / 1000;
    const cpu = process.cpuUsage();
    return () => {
      const { user, system } = process.cpuUsage(cpu);
      const before = stages.get(name) ?? NOTHING;
      stages.set(name, {
        seconds: before.seconds + performance.now() / 1000 - seconds,
        cpuSeconds: before.cpuSeconds + (user + system) / 1e6,
      });
    };
  };
  return {
    time: async (name, work) => {
      const end = begin(name);
      try {
        return await work();
      } finally {
        end();
      }
    },
    timeSync: (name, work) => {
      const end = begin(name);
      try {
        return work();
      } finally {
        end();
      }
    },
    of: (name) => stages.get(name) ?? NOTHING,
    reset: () => {
      stages.clear();
    },
  };
};

const NOTHING: Stage = { seconds: 0, cpuSeconds: 0 };
