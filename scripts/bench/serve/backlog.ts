import type { Measured } from '../part.ts';
import { median } from './samples.ts';
import { runTrial, type Contestant, type Trial, type TrialDeps } from './trial.ts';
import type { Workload } from './workload.ts';

export const BACKLOG = 'serve: a backlog';
export const WRITTEN = 'serve: bytes written, a command';

/** A contestant, and how many commands it gets; without `commands`, the usual number. */
export type Entry = { readonly contestant: Contestant; readonly commands?: number };

/** The median of each figure over the rounds. */
export type Result = { readonly title: string; readonly members: number; readonly trial: Trial };

/** Takes turns, so that other work on the machine affects all contestants alike. */
export const compareOnBacklog = async (
  entries: readonly Entry[],
  rounds: number,
  deps: TrialDeps,
): Promise<readonly Result[]> => {
  const trials = new Map<Entry, Trial[]>(entries.map((entry) => [entry, []]));
  for (let round = 1; round <= rounds; round += 1) {
    for (const entry of entries) {
      const workload: Workload = { ...deps.workload, ...(entry.commands && { commands: entry.commands }) };
      const of = rounds === 1 ? '' : `, round ${String(round)} of ${String(rounds)}`;
      deps.progress.say(`${entry.contestant.title}: ${String(workload.commands)} commands${of}…`);
      trials.get(entry)?.push(await runTrial(entry.contestant, { ...deps, workload }));
    }
  }
  return entries.map((entry) => ({
    title: entry.contestant.title,
    members: entry.contestant.members,
    trial: middleOf(trials.get(entry) ?? []),
  }));
};

const middleOf = (trials: readonly Trial[]): Trial => {
  const middle = (of: (trial: Trial) => number): number => median(trials.map(of));
  return {
    aSecond: middle(({ aSecond }) => aSecond),
    cpu: {
      processor: middle(({ cpu }) => cpu.processor),
      kafka: middle(({ cpu }) => cpu.kafka),
      postgres: middle(({ cpu }) => cpu.postgres),
    },
    peakMb: middle(({ peakMb }) => peakMb),
    startSeconds: middle(({ startSeconds }) => startSeconds),
    written: {
      tables: middle(({ written }) => written.tables),
      wal: middle(({ written }) => written.wal),
      commands: middle(({ written }) => written.commands),
      events: middle(({ written }) => written.events),
    },
  };
};

/** Compares each contestant with the ceiling of the same number of members. */
export const backlogTable = (results: readonly Result[]): Measured => ({
  part: BACKLOG,
  beside:
    'of ceiling: commands a second, beside kafkajs alone with as many members of the group; µs: CPU time a command; cores: how many cores the ' +
    'processor, Kafka and Postgres keep busy (if nearly all of the machine, more instances gain nothing); most MB: resident memory of one ' +
    'process; start s: from the start of the process to its first commit',
  rows: results.map(({ title, members, trial: { aSecond, cpu, peakMb, startSeconds } }) => ({
    what: title,
    'a second': aSecond,
    'of ceiling': aSecond / ceilingWith(members, results),
    'its µs': cpu.processor,
    'Kafka µs': cpu.kafka,
    'Postgres µs': cpu.postgres,
    cores: (aSecond * (cpu.processor + cpu.kafka + cpu.postgres)) / 1e6,
    'most MB': peakMb,
    'start s': startSeconds,
  })),
});

const ceilingWith = (members: number, results: readonly Result[]): number =>
  results.find((each) => each.members === members && each.title.startsWith('ceiling'))?.trial.aSecond ??
  Number.NaN;

export const writtenTable = (results: readonly Result[]): Measured => ({
  part: WRITTEN,
  beside: 'bytes; tables: with indexes, as files; WAL: write-ahead log; commands, events: what Kafka stores',
  rows: results.map(({ title, trial: { written } }) => ({
    what: title,
    tables: written.tables,
    WAL: written.wal,
    Postgres: written.tables + written.wal,
    commands: written.commands,
    events: written.events,
  })),
});
