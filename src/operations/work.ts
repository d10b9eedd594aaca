/**
 * What a use case gets from its caller. A use case knows no terminal: it reports through these functions, and the command line decides what
 * a person sees.
 */
import type { Config, ConfigPart } from '../config/config.ts';

export type Work = {
  readonly settings: Settings;
  /** Aborted when the person interrupts the work. */
  readonly interrupted: AbortSignal;
  /** Closes this when the work ends, however it ends; the last registered first. */
  readonly onClose: (close: () => Promise<void> | void) => void;
  /** Tells the person who waits a sentence. */
  readonly note: (text: string) => void;
  /** Shows how far a long task is. Stops by itself when the work ends. */
  readonly progress: (task: string, total: number) => Progress;
};

/** The configuration of the servers that the work needs; by default of all servers. */
export type Settings = <P extends ConfigPart = ConfigPart>(...parts: P[]) => Config<P>;

export type Progress = {
  set(done: number): void;
  /** An earlier run did this much: it counts neither for the rate nor for the time that is left. */
  passOver(done: number): void;
  stop(): void;
};
