/** The server that a piece of work depends on. */
export type Dependency = 'postgres' | 'kafka' | 'registry';

/** One circuit breaker per dependency. While a breaker is open, `run` rejects at once with a transient failure. */
export interface Breakers {
  run<T>(dependency: Dependency, work: () => Promise<T>): Promise<T>;
}

export interface Pacer {
  /** Waits before the n-th retry (from 1), longer each time and with jitter; returns at once when the process is stopping. */
  beforeRetry(attempt: number): Promise<void>;
}
