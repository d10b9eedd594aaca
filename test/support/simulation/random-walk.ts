import type { Expectation, Violation } from './explore.ts';
import type { Faults, Simulation, World } from './world.ts';

export type Walked = {
  readonly moves: number;
  /** How often each fault struck. */
  readonly struck: Faults;
  readonly violation: Violation | null;
};

/** Runs one random schedule to its end, with a fault now and then while the budget has any. The same seed gives the same schedule. */
export const walk = async (
  simulation: Simulation,
  { wrong, missing }: Expectation,
  seed: number,
): Promise<Walked> => {
  const random = createRandom(seed);
  const schedule: string[] = [];
  let world: World = simulation.start;

  const result = (violation: string | null): Walked => ({
    moves: schedule.length,
    struck: struckSince(simulation.start.faults, world.faults),
    violation: violation === null ? null : { what: violation, schedule },
  });

  for (;;) {
    const possible = simulation.moves(world);
    const healthy = possible.filter((move) => move.healthy);
    const faults = possible.filter((move) => !move.healthy);
    const choices = faults.length > 0 && random() < FAULT_SHARE ? faults : healthy;
    const move = choices[Math.floor(random() * choices.length)];
    if (move === undefined) return result(missing(world));
    schedule.push(move.label());
    world = await move.next();
    const problem = world.fatal ?? wrong(world);
    if (problem !== null) return result(problem);
    if (schedule.length > MAX_STEPS) return result(`it has not ended after ${MAX_STEPS} moves`);
  }
};

const FAULT_SHARE = 0.15;
const MAX_STEPS = 20_000;

const struckSince = (before: Faults, remaining: Faults): Faults =>
  Object.fromEntries(
    Object.entries(before).map(([kind, count]) => [kind, count - remaining[kind as keyof Faults]]),
  ) as Faults;

/** mulberry32: small, and the same everywhere. */
const createRandom = (seed: number): (() => number) => {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
};
