/**
 * Explores every schedule: visits all reachable worlds, nearest first. So the first schedule that breaks something is also a shortest one.
 */
import type { Move, Simulation, World } from './world.ts';

export type Expectation = {
  /** The fault of a world, whatever comes next; null: none. */
  wrong(world: World): string | null;
  /** What is still missing in a world in which nothing happens by itself any more; null: nothing. */
  missing(world: World): string | null;
};

export type Violation = { readonly what: string; readonly schedule: readonly string[] };

export type Explored = {
  readonly states: number;
  readonly moves: number;
  /** Worlds in which nothing happens by itself any more. */
  readonly ends: number;
  readonly violation: Violation | null;
};

export const explore = async (
  simulation: Simulation,
  { wrong, missing }: Expectation,
  onProgress: (states: number) => void = () => undefined,
): Promise<Explored> => {
  const numbers = new Map<string, number>([[simulation.keyOf(simulation.start), 0]]);
  /** For each state, the state and the move that first reached it. */
  const cameFrom: number[] = [0];
  const cameBy: number[] = [0];
  /** Moves without faults, as pairs of states. */
  const byThemselves: number[] = [];
  const ends: number[] = [];
  let frontier: (readonly [number, World])[] = [[0, simulation.start]];
  let moves = 0;

  const result = (violation: Violation | null): Explored => ({
    states: numbers.size,
    moves,
    ends: ends.length,
    violation,
  });

  const violated = async (violation: string, state: number): Promise<Explored> => {
    const path: number[] = [];
    for (let at = state; at > 0; at = cameFrom[at] ?? 0) path.unshift(cameBy[at] ?? 0);
    return result({ what: violation, schedule: await labelsOf(simulation, path) });
  };

  while (frontier.length > 0) {
    const nearest = frontier;
    frontier = [];
    for (const [from, world] of nearest) {
      const possible = simulation.moves(world);
      for (const [index, { healthy, next }] of possible.entries()) {
        const coming = next();
        const reached = coming instanceof Promise ? await coming : coming;
        const key = simulation.keyOf(reached);
        let state = numbers.get(key);
        if (state === undefined) {
          state = numbers.size;
          numbers.set(key, state);
          cameFrom.push(from);
          cameBy.push(index);
          const problem = reached.fatal ?? wrong(reached);
          if (problem !== null) return violated(problem, state);
          frontier.push([state, reached]);
          if (state % 10_000 === 0) onProgress(state);
        }
        if (healthy) byThemselves.push(from, state);
      }
      moves += possible.length;
      if (possible.some(({ healthy }) => healthy)) continue;
      const problem = missing(world);
      if (problem !== null) return violated(problem, from);
      ends.push(from);
    }
  }

  const stuck = firstThatCannotEnd(ends, byThemselves, numbers.size);
  return stuck === null ? result(null) : violated('from here on nothing ends any more', stuck);
};

/** The schedule of a path, for people. */
const labelsOf = async (simulation: Simulation, path: readonly number[]): Promise<readonly string[]> => {
  const labels: string[] = [];
  let world = simulation.start;
  for (const index of path) {
    const move: Move | undefined = simulation.moves(world)[index];
    if (move === undefined) throw new RangeError(`there is no move ${index} after ${labels.join(', ')}`);
    labels.push(move.label());
    world = await move.next();
  }
  return labels;
};

/** From each world, a good end can be reached without a further fault (I9). */
const firstThatCannotEnd = (
  ends: readonly number[],
  byThemselves: readonly number[],
  size: number,
): number | null => {
  // The moves into each state, one after another. The moves into state s begin at `begins[s]`.
  const begins = new Uint32Array(size + 1);
  for (let at = 1; at < byThemselves.length; at += 2) begins[(byThemselves[at] ?? 0) + 1]! += 1;
  for (let state = 0; state < size; state++) begins[state + 1]! += begins[state]!;
  const sources = new Uint32Array(byThemselves.length / 2);
  const filled = begins.slice();
  for (let at = 1; at < byThemselves.length; at += 2) {
    sources[filled[byThemselves[at]!]!++] = byThemselves[at - 1]!;
  }

  const canEnd = new Uint8Array(size);
  const open = [...ends];
  for (const end of open) canEnd[end] = 1;
  for (let state = open.pop(); state !== undefined; state = open.pop()) {
    for (let at = begins[state]!; at < begins[state + 1]!; at++) {
      const before = sources[at]!;
      if (canEnd[before] === 1) continue;
      canEnd[before] = 1;
      open.push(before);
    }
  }
  const stuck = canEnd.indexOf(0);
  return stuck === -1 ? null : stuck;
};
