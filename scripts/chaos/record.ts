import type { FaultCount } from './inject-faults.ts';
import type { Evidence } from './evidence/evidence.ts';
import { alive } from './invariants/alive.ts';
import type { Invariant } from './invariants/invariant.ts';
import { INVARIANTS } from './invariants/invariants.ts';
import type { ChaosOptions } from './options.ts';

/** The result of a run; `--json` prints it unchanged. */
export type ChaosRecord = {
  readonly seed: number;
  readonly commands: number;
  readonly instances: number;
  readonly brokers: number;
  readonly seconds: number;
  readonly faults: readonly FaultCount[];
  /** Notes of the faults. */
  readonly notes: readonly string[];
  /** How many records of each kind were published. */
  readonly published: Readonly<Record<string, number>>;
  /** How many input records had each outcome, by the fold. */
  readonly outcomes: Readonly<Record<string, number>>;
  /** Records processed a second, from the first record until everything was processed. The faults mostly set this pace. */
  readonly throughput: number;
  /** How often an instance took a partition over, because of the faults. */
  readonly takeovers: number;
  readonly secondsToHeal: number;
  readonly peakMemoryMb: number;
  readonly invariants: readonly {
    readonly id: string;
    readonly title: string;
    readonly violations: number;
    /** The first few. */
    readonly examples: readonly string[];
  }[];
  readonly verdict: 'held' | 'violated' | 'faults missing';
};

const MAX_EXAMPLES = 5;

/** The evidence from the creation of the topics to their end, and the violations of each invariant. */
export type Examined = {
  readonly evidence: Evidence;
  readonly violations: ReadonlyMap<Invariant['id'], readonly string[]>;
};

export const examine = (evidence: Evidence): Examined => ({
  evidence,
  violations: new Map(INVARIANTS.map(({ id, violations }) => [id, violations(evidence)])),
});

export const allHeld = ({ violations }: Examined): boolean =>
  [...violations.values()].every((list) => list.length === 0);

export type RunFacts = {
  readonly options: ChaosOptions;
  /** In order; a second one if the topics were created again. */
  readonly lives: readonly [Examined, ...Examined[]];
  readonly notes: readonly string[];
  readonly faults: readonly FaultCount[];
  readonly published: ReadonlyMap<string, number>;
  readonly seconds: number;
};

export const judge = ({ options, lives, notes, faults, published, seconds }: RunFacts): ChaosRecord => {
  const all = lives.map(({ evidence }) => evidence);
  const outcomes = new Map<string, number>();
  for (const { kind } of all.flatMap(({ fold }) => [...fold.outcomes.values()]))
    outcomes.set(kind, (outcomes.get(kind) ?? 0) + 1);
  const invariants = INVARIANTS.map(({ id, title }) => {
    const examples = lives.flatMap(({ violations }) => violations.get(id) ?? []);
    if (id === alive.id) examples.push(...faults.flatMap(({ broken }) => broken));
    return { id, title, violations: examples.length, examples: examples.slice(0, MAX_EXAMPLES) };
  });
  return {
    seed: options.seed,
    commands: options.commands,
    instances: options.instances,
    brokers: options.brokers,
    seconds: Math.round(seconds),
    faults,
    notes,
    published: Object.fromEntries(published),
    outcomes: Object.fromEntries(outcomes),
    throughput: Math.round(all.reduce((sum, { input }) => sum + input.length, 0) / seconds),
    takeovers: all.flatMap(({ audit }) => audit).filter(({ kind }) => kind === 'lease taken').length,
    secondsToHeal: Math.round(Math.max(...all.map(({ healing }) => healing.seconds)) * 10) / 10,
    peakMemoryMb: Math.round(Math.max(...all.map(({ peakMemoryMb }) => peakMemoryMb))),
    invariants,
    verdict: verdictOf(invariants, faults),
  };
};

const verdictOf = (
  invariants: ChaosRecord['invariants'],
  faults: readonly FaultCount[],
): ChaosRecord['verdict'] => {
  if (invariants.some(({ violations }) => violations > 0)) return 'violated';
  return faults.some(({ planned, fired }) => planned > 0 && fired === 0) ? 'faults missing' : 'held';
};
