/**
 * Runs at most as many queries and transactions at once as a pool has connections; the others wait in a queue, up to a deadline. slonik's own
 * queue has no deadline, and moves only when a connection is released or closed: if every try to connect fails, it waits for ever.
 */
import type { DatabasePool } from 'slonik';
import { Failure } from '../processor/failure.ts';

type SlotLimits = { readonly count: number; readonly patienceMs: number };

/** The same pool, but each query waits for a slot first. Rejects with transient `POSTGRES_POOL_BUSY` after `patienceMs`. */
export const withSlots = (pool: DatabasePool, limits: SlotLimits): DatabasePool => {
  const slots = createSlots(limits);
  const limited = new Proxy(pool, {
    get: (target, name) => {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== 'function' || !QUERIES.has(name)) return member;
      const query = member as (...args: unknown[]) => Promise<unknown>;
      return async (...args: readonly unknown[]): Promise<unknown> => {
        const leave = await slots.enter();
        try {
          return await query.apply(target, [...args]);
        } finally {
          leave();
        }
      };
    },
  });
  USES.set(limited, slots.use);
  return limited;
};

/** How the slots of a pool are used at this moment. */
export type PoolUse = {
  readonly size: number;
  readonly used: number;
  readonly waiting: number;
  /** Total time that queries and transactions have waited for a slot. */
  readonly waitedMs: number;
};

const USES = new WeakMap<DatabasePool, () => PoolUse>();

/** Zeros if the pool has no slots. */
export const useOf = (pool: DatabasePool): PoolUse =>
  USES.get(pool)?.() ?? { size: 0, used: 0, waiting: 0, waitedMs: 0 };

const QUERIES: ReadonlySet<string | symbol> = new Set<keyof DatabasePool>([
  'any',
  'anyFirst',
  'connect',
  'exists',
  'many',
  'manyFirst',
  'maybeOne',
  'maybeOneFirst',
  'one',
  'oneFirst',
  'query',
  'transaction',
]);

type Waiting = { readonly enter: () => void };

const createSlots = ({ count, patienceMs }: SlotLimits) => {
  const waiting = new Set<Waiting>();
  let free = count;
  let waitedMs = 0;
  const leave = (): void => {
    const [next] = waiting;
    if (next === undefined) free += 1;
    else next.enter();
  };
  return {
    use: (): PoolUse => ({ size: count, used: count - free, waiting: waiting.size, waitedMs }),
    /** Resolves with a function that gives the slot back. */
    enter: async (): Promise<() => void> => {
      if (free > 0) {
        free -= 1;
        return leave;
      }
      const since = performance.now();
      await new Promise<void>((resolve, reject) => {
        const turn: Waiting = {
          enter: () => {
            clearTimeout(deadline);
            waiting.delete(turn);
            resolve();
          },
        };
        const deadline = setTimeout(() => {
          waiting.delete(turn);
          reject(allTaken({ count, patienceMs }));
        }, patienceMs);
        waiting.add(turn);
      }).finally(() => (waitedMs += performance.now() - since));
      return leave;
    },
  };
};

/** `local`: a full pool says nothing about the health of the server. Only a query on a connection can tell. */
const allTaken = ({ count, patienceMs }: SlotLimits): Failure =>
  new Failure(
    'transient',
    'POSTGRES_POOL_BUSY',
    `no connection to Postgres was free within ${String(patienceMs)} ms: all ${String(count)} were in use; raise DATABASE_POOL_SIZE if this repeats`,
    { scope: 'local' },
  );
