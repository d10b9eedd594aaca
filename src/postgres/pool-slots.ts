/**
 * Lets as many pieces of work run at once as a pool has connections; the others wait in line, up to a deadline. slonik's own line has no
 * deadline, and moves on only when a connection is given back or closed: if each try to connect fails, work in that line waits for ever.
 */
import type { DatabasePool } from 'slonik';
import { Failure } from '../processor/failure.ts';

/** The same pool, but each query waits for a slot first. Rejects with transient `POSTGRES_POOL_BUSY` after `patienceMs`. */
export const withSlots = (pool: DatabasePool, count: number, patienceMs: number): DatabasePool => {
  const slots = createSlots(count, patienceMs);
  return new Proxy(pool, {
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
};

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

const createSlots = (count: number, patienceMs: number) => {
  const waiting = new Set<Waiting>();
  let free = count;
  const leave = (): void => {
    const [next] = waiting;
    if (next === undefined) free += 1;
    else next.enter();
  };
  return {
    /** Resolves with a function that gives the slot back. */
    enter: async (): Promise<() => void> => {
      if (free > 0) {
        free -= 1;
        return leave;
      }
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
          reject(allTaken(count, patienceMs));
        }, patienceMs);
        waiting.add(turn);
      });
      return leave;
    },
  };
};

/** `local`, because this says nothing about the server: only work that has a connection can tell whether the server is healthy. */
const allTaken = (count: number, patienceMs: number): Failure =>
  new Failure(
    'transient',
    'POSTGRES_POOL_BUSY',
    `no connection was free within ${String(patienceMs)} ms: all ${String(count)} were in use; DATABASE_POOL_SIZE sets their number`,
    { scope: 'local' },
  );
