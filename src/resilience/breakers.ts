/**
 * One circuit breaker per server. A breaker opens after repeated transient failures, lets one probe through every two seconds, and closes
 * after the first probe that succeeds. While it is open, `run` rejects at once with the transient failure `BREAKER_OPEN`, so that the
 * retries of all callers do not overload a server that has just come back.
 *
 * Only transient failures of the server count. A fenced, fatal or local failure shows that the server answered. There is no timeout here,
 * because opossum's timeout does not end the work; the edges have timeouts of their own.
 */
import CircuitBreaker from 'opossum';
import { Failure, passesInTime } from '../processor/failure.ts';
import type { Breakers, Dependency } from '../processor/ports/breakers.ts';

export type BreakerState = 'closed' | 'half-open' | 'open';

export interface ObservableBreakers extends Breakers {
  state(dependency: Dependency): BreakerState;
  /**
   * The servers that the process waits for. A half-open breaker is not listed: it waits for the next call, for ever if there is no traffic.
   */
  openDependencies(): readonly Dependency[];
  /**
   * For how long the server's breaker has not been closed, in milliseconds; 0 if it is closed, or if nobody has asked the server for a
   * minute: a half-open breaker waits for the next call, for ever if there is no traffic.
   */
  failingForMs(dependency: Dependency): number;
  /** Stops the timers. Every later `run` rejects. */
  close(): void;
}

/** Called when a breaker opens, with the failure, and when it closes again; not called when a probe fails. */
export type BreakerListener = (dependency: Dependency, state: 'open' | 'closed', failure?: Error) => void;

type Circuit = CircuitBreaker<[work: () => Promise<unknown>]>;

/** Since when a breaker is not closed, and when it has last opened. */
type Failing = { readonly since: number; readonly openedAt: number };

const PROBE_INTERVAL_MS = 2_000;
const WINDOW_MS = 10_000;
const FORGOTTEN_MS = 60_000;
const MIN_CALLS_IN_WINDOW = 5;

/**
 * A breaker also opens at once after this many failures in a row. The share of failures is too slow alone: after thousands of successful
 * calls a second, the few retries with backoff take the whole window to pass one half.
 */
const FAILURES_IN_A_ROW = 5;

export const createBreakers = (listener: BreakerListener = () => {}): ObservableBreakers => {
  const failing = new Map<Dependency, Failing>();
  const circuits: Readonly<Record<Dependency, Circuit>> = {
    postgres: createCircuit('postgres', failing, listener),
    kafka: createCircuit('kafka', failing, listener),
    registry: createCircuit('registry', failing, listener),
  };
  const dependencies = Object.keys(circuits) as Dependency[];

  return {
    async run<T>(dependency: Dependency, work: () => Promise<T>): Promise<T> {
      try {
        return (await circuits[dependency].fire(work)) as T;
      } catch (error) {
        throw error instanceof Error && CircuitBreaker.isOurError(error)
          ? breakerOpen(dependency, error)
          : error;
      }
    },
    state: (dependency) => stateOf(circuits[dependency]),
    openDependencies: () => dependencies.filter((it) => stateOf(circuits[it]) === 'open'),
    failingForMs: (dependency) => {
      const it = failing.get(dependency);
      const now = performance.now();
      return it === undefined || now - it.openedAt > FORGOTTEN_MS ? 0 : now - it.since;
    },
    close() {
      for (const circuit of Object.values(circuits)) circuit.shutdown();
    },
  };
};

const createCircuit = (
  dependency: Dependency,
  failing: Map<Dependency, Failing>,
  listener: BreakerListener,
): Circuit => {
  const circuit: Circuit = new CircuitBreaker((work) => work(), {
    name: dependency,
    timeout: false,
    resetTimeout: PROBE_INTERVAL_MS,
    rollingCountTimeout: WINDOW_MS,
    volumeThreshold: MIN_CALLS_IN_WINDOW,
    errorThresholdPercentage: 50,
    rollingPercentilesEnabled: false,
    enableSnapshots: false,
    errorFilter: (error) => !(error instanceof Failure && passesInTime(error) && !error.isLocal),
  });

  let failuresInARow = 0;
  let told: 'open' | 'closed' = 'closed';
  let lastFailure: Error | undefined;
  const tell = (state: 'open' | 'closed', failure?: Error): void => {
    if (told !== state) listener(dependency, state, failure);
    told = state;
  };

  circuit.on('success', () => (failuresInARow = 0));
  circuit.on('failure', (failure) => {
    lastFailure = failure;
    failuresInARow += 1;
    if (failuresInARow >= FAILURES_IN_A_ROW) circuit.open();
  });
  circuit.on('open', () => {
    const openedAt = performance.now();
    failing.set(dependency, { since: failing.get(dependency)?.since ?? openedAt, openedAt });
    tell('open', lastFailure);
  });
  circuit.on('close', () => {
    failing.delete(dependency);
    tell('closed');
  });
  return circuit;
};

const stateOf = (circuit: Circuit): BreakerState => {
  if (circuit.closed) return 'closed';
  return circuit.halfOpen ? 'half-open' : 'open';
};

const breakerOpen = (dependency: Dependency, cause: Error): Failure =>
  new Failure(
    'transient',
    'BREAKER_OPEN',
    `${dependency} failed repeatedly: waiting until it answers again`,
    {
      cause,
    },
  );
