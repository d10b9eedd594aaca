import { join } from 'node:path';
import { root } from '../../stack/folders.ts';
import type { Measured, Part } from '../part.ts';
import { obtainBuild } from './builds.ts';
import { writeCeilingPlan } from './ceiling-plan.ts';
import { median } from './samples.ts';
import { startMeasuredServers } from './servers.ts';
import { runTrial, type Contestant, type Trial, type TrialDeps } from './trial.ts';
import { USUAL } from './workload.ts';

const SIZES = {
  quick: { commands: 20_000, rounds: 1 },
  usual: { commands: 200_000, rounds: 1 },
  full: { commands: 200_000, rounds: 3 },
} as const;
/** Enough for the ceiling's sample, and for the servers to compile what is hot. */
const WARM_UP_COMMANDS = 10_000;

/** `serve` working through a backlog, beside kafkajs alone moving the same bytes. */
export const serve: Part = async (deps) => {
  const { folder, progress, signal, size, against } = deps;
  const { commands, rounds } = SIZES[size];
  const other = against === undefined ? undefined : await obtainBuild(against, folder);
  const servers = await startMeasuredServers({ folder: join(folder, 'servers'), progress, signal });
  try {
    const trials = { folder, progress, signal, servers, workload: { ...USUAL, commands } };
    const planFile = join(folder, 'ceiling.json');
    await warmUp(trials, planFile);
    const contestants = [
      ceiling(planFile),
      oneInstance('serve', root),
      ...(other === undefined ? [] : [oneInstance(`serve at ${String(against)}`, other)]),
    ];
    return [await compare(contestants, rounds, trials)];
  } finally {
    await servers.stop();
  }
};

const serveOf = (build: string) => (): readonly [string, ...string[]] => [
  process.execPath,
  join(build, 'dist/cli/main.js'),
  'serve',
];

const oneInstance = (title: string, build: string): Contestant => ({
  title,
  build,
  instances: 1,
  command: serveOf(build),
});

const ceiling = (planFile: string): Contestant => ({
  title: 'ceiling',
  build: root,
  instances: 1,
  command: () => [
    process.execPath,
    '--import',
    'tsx',
    join(root, 'scripts/bench/serve/ceiling.ts'),
    planFile,
  ],
});

const warmUp = async (trials: Omit<TrialDeps, 'look'>, planFile: string): Promise<void> => {
  trials.progress.say('Warming the servers up…');
  await runTrial(oneInstance('warm-up', root), {
    ...trials,
    workload: { ...trials.workload, commands: WARM_UP_COMMANDS },
    look: (room) => writeCeilingPlan(planFile, trials.servers, room),
  });
};

/** In turns, so that what else the machine does meets them all. */
const compare = async (
  contestants: readonly Contestant[],
  rounds: number,
  deps: TrialDeps,
): Promise<Measured> => {
  const trials = new Map<Contestant, Trial[]>(contestants.map((contestant) => [contestant, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const contestant of contestants) {
      deps.progress.say(
        `${contestant.title}: ${String(deps.workload.commands)} commands, ${String(round + 1)} of ${String(rounds)}…`,
      );
      trials.get(contestant)?.push(await runTrial(contestant, deps));
    }
  }
  const middle = (contestant: Contestant, of: (trial: Trial) => number): number =>
    median((trials.get(contestant) ?? []).map(of));
  const [first] = contestants;
  const best = first === undefined ? Number.NaN : middle(first, ({ aSecond }) => aSecond);
  return {
    part: 'serve',
    beside:
      'of ceiling: commands a second beside kafkajs alone, which moves the same bytes and decides nothing; CPU µs are those a command',
    rows: contestants.map((contestant) => {
      const aSecond = middle(contestant, (trial) => trial.aSecond);
      return {
        what: contestant.title,
        'a second': aSecond,
        'of ceiling': aSecond / best,
        'CPU µs': middle(contestant, ({ cpu }) => cpu.processor),
        'Kafka µs': middle(contestant, ({ cpu }) => cpu.kafka),
        'Postgres µs': middle(contestant, ({ cpu }) => cpu.postgres),
        'most MB': middle(contestant, ({ peakMb }) => peakMb),
      };
    }),
  };
};
