import { RING_RUNS } from '../../domain/ledger.ts';
import type { RankingEntry } from '../../domain/records.ts';

/** Who made a channel's last runs. A run whose event is missing leaves a hole. */
export type RecentRunners = {
  /** `decided` differs from `told` if the event names the wrong runner. */
  push(run: { readonly sequence: number; readonly told: string; readonly decided: string }): void;
  /** Records that these runs are missing. */
  skip(from: number, to: number): void;
  /** Call this when a person's last run is certain. It fills a hole, or settles who made a run. */
  learn(userId: string, lastServedSequence: number | null): void;
  /** Whether another person certainly made this run. */
  isOfAnother(sequence: number, userId: string): boolean;
  previousRunner(): string | null;
  /** The runs as a ledger remembers them. Holes in the window are filled according to `servedInWindow` of the entries. */
  ring(entries: readonly RankingEntry[], windowRuns: number): readonly string[];
  /** Whether the last `windowRuns` runs have a hole. */
  hasHole(windowRuns: number): boolean;
};

/** Marks a hole. No id is empty. */
const NOBODY = '';

type Slot = { readonly sequence: number; runner: string | null; other: string | null };

export const createRecentRunners = (): RecentRunners => {
  const slots: Slot[] = [];
  const add = (slot: Slot): void => {
    slots.push(slot);
    if (slots.length > RING_RUNS) slots.shift();
  };
  const at = (sequence: number): Slot | undefined => slots[sequence - (slots[0]?.sequence ?? 0)];
  const hasHole = (windowRuns: number): boolean =>
    slots.slice(-windowRuns).some(({ runner }) => runner === null);

  return {
    push: ({ sequence, told, decided }) => {
      add({ sequence, runner: told, other: decided === told ? null : decided });
    },
    skip: (from, to) => {
      for (let sequence = Math.max(from, to - RING_RUNS + 1); sequence <= to; sequence += 1)
        add({ sequence, runner: null, other: null });
    },
    learn: (userId, lastServedSequence) => {
      const own = lastServedSequence === null ? undefined : at(lastServedSequence);
      if (own !== undefined && (own.runner === null || own.other === userId)) settle(own, userId);
      // An event may name two runners for a run. If one of them did not make it, the other did.
      for (const slot of slots) {
        if (slot.other === null || slot === own) continue;
        if (slot.runner === userId) settle(slot, slot.other);
        else if (slot.other === userId) slot.other = null;
      }
    },
    isOfAnother: (sequence, userId) => {
      const slot = at(sequence);
      return slot !== undefined && slot.runner !== null && slot.other === null && slot.runner !== userId;
    },
    previousRunner: () => slots.at(-1)?.runner ?? null,
    ring: (entries, windowRuns) => {
      const runs = slots.map(({ sequence, runner }) => ({ sequence, runner: runner ?? NOBODY }));
      const window = runs.slice(-windowRuns);
      for (const { userId, servedInWindow, lastServedSequence } of hasHole(windowRuns) ? entries : []) {
        const known = window.filter(({ runner }) => runner === userId).length;
        window
          .filter((run) => run.runner === NOBODY && run.sequence < (lastServedSequence ?? 0))
          .slice(0, Math.max(servedInWindow - known, 0))
          .forEach((run) => (run.runner = userId));
      }
      return runs.map(({ runner }) => runner);
    },
    hasHole,
  };
};

const settle = (slot: Slot, userId: string): void => {
  slot.runner = userId;
  slot.other = null;
};
