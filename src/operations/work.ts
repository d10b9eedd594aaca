/**
 * The services that a use case gets from its caller. A use case knows no terminal: it reports through these functions, and the command line
 * decides what people see.
 */
import type { Config, ConfigPart } from '../config/config.ts';

export type Work = {
  readonly settings: Settings;
  /** Aborted when the person interrupts the work. */
  readonly interrupted: AbortSignal;
  /** Registers a function to call when the work ends, whether it fails or not. The last registered function is called first. */
  readonly onClose: (close: () => Promise<void> | void) => void;
  /** Shows a sentence to the person who waits. */
  readonly note: (text: string) => void;
  /** Shows the progress of a long task. Stops by itself when the work ends. */
  readonly progress: (task: string, total: number) => Progress;
};

/** Returns the configuration of the servers that the work needs; by default, of all servers. */
export type Settings = <P extends ConfigPart = ConfigPart>(...parts: P[]) => Config<P>;

export type Progress = {
  set(done: number): void;
  /** Skips what an earlier run did, so that it counts neither for the rate nor for the remaining time. */
  passOver(done: number): void;
  stop(): void;
};
