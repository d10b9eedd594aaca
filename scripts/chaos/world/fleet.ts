import { execFile } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { InstanceEnd } from '../evidence/evidence.ts';
import { type Instance, startInstance } from './instance.ts';

/** The instances of the processor. Each is in a slot with its own links, and is replaced when it ends. */
export interface Fleet {
  /** The slots that should have an instance. */
  readonly slots: readonly number[];
  at: (slot: number) => Instance | undefined;
  start: (slot: number) => void;
  /** Resolves when every instance outside these slots serves. Rejects if one does not serve for a long time. */
  serving: (frozen: ReadonlySet<number>) => Promise<void>;
  /** Ends the slot's instance, and starts another one. */
  replace: (slot: number, end: 'kill' | 'stop') => Promise<void>;
  /** Leaves the slot empty. */
  retire: (slot: number) => Promise<void>;
  /** Leaves all slots empty at once. */
  retireAll: () => Promise<void>;
  /** All processes that have ended. */
  readonly ends: readonly InstanceEnd[];
  /** The highest measured memory of an instance, in MB. */
  peakMemoryMb: () => number;
  measure: () => Promise<void>;
  /** Kills all instances with SIGKILL, because the run is over. */
  abandon: () => Promise<void>;
}

export type FleetOptions = {
  readonly folder: string;
  readonly command: readonly [string, ...string[]];
  readonly variablesOf: (slot: number, name: string) => Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
};

export const createFleet = ({ folder, command, variablesOf, signal }: FleetOptions): Fleet => {
  const instances = new Map<number, Instance>();
  const ends: InstanceEnd[] = [];
  let number = 0;
  let peak = 0;
  let abandoned: 'not yet' | 'abandoned' = 'not yet';
  mkdirSync(folder, { recursive: true });

  const launch = (slot: number): Instance => {
    number += 1;
    const name = `instance-${number}`;
    const logFile = join(folder, `${name}.log`);
    const instance = startInstance({ name, command, variables: variablesOf(slot, name), logFile });
    instances.set(slot, instance);
    void instance.ended.then((end) => {
      ends.push(end);
      // The instance ended by itself: start another one, as an orchestrator would.
      if (end.cause === 'nothing' && abandoned === 'not yet' && instances.get(slot) === instance)
        launch(slot);
    });
    return instance;
  };
  const retire = async (slot: number): Promise<void> => {
    const instance = instances.get(slot);
    instances.delete(slot);
    await instance?.stop();
  };

  return {
    get slots() {
      return [...instances.keys()];
    },
    at: (slot) => instances.get(slot),
    start: (slot) => {
      launch(slot);
    },
    serving: async (frozen) => {
      const awaited = [...instances].filter(([slot]) => !frozen.has(slot));
      await Promise.all(awaited.map(([, instance]) => instance.serving(signal)));
    },
    replace: async (slot, end) => {
      await instances.get(slot)?.[end]();
      launch(slot);
    },
    retire,
    retireAll: async () => {
      await Promise.all([...instances.keys()].map(retire));
    },
    ends,
    peakMemoryMb: () => peak,
    measure: async () => {
      const pids = [...instances.values()].filter(({ isAlive }) => isAlive()).map(({ pid }) => pid);
      if (pids.length === 0) return;
      const { stdout } = await promisify(execFile)('ps', ['-o', 'rss=', '-p', pids.join(',')]).catch(() => ({
        stdout: '',
      }));
      for (const line of stdout.trim().split('\n')) peak = Math.max(peak, Number(line) / 1024);
    },
    abandon: async () => {
      abandoned = 'abandoned';
      await Promise.all([...instances.values()].map((instance) => instance.kill()));
    },
  };
};
