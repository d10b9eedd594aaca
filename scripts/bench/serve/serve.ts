import { join } from 'node:path';
import { root } from '../../stack/folders.ts';
import { measureGrowth } from '../growth/growth.ts';
import type { Part } from '../part.ts';
import { profileServe } from '../pictures/profile.ts';
import { backlogTable, compareOnBacklog, writtenTable, type Entry } from './backlog.ts';
import { obtainBuild } from './builds.ts';
import { writeCeilingPlan } from './ceiling-plan.ts';
import {
  ceilingOf,
  perMessageOf,
  serveFrom,
  twoCeilingsOf,
  twoInstances,
  twoWorkers,
} from './contestants.ts';
import { latencyTable, measureLatency } from './latency.ts';
import { startMeasuredServers } from './servers.ts';
import { measureStages } from './stages.ts';
import { targetsTable } from './targets.ts';
import { runTrial, type TrialDeps } from './trial.ts';
import { USUAL } from './workload.ts';

const SIZES = {
  quick: {
    commands: 40_000,
    rounds: 1,
    perMessage: 1_000,
    stages: 10_000,
    growth: { commands: 12_000, length: 'short', memory: 100_000 },
  },
  usual: {
    commands: 200_000,
    rounds: 1,
    perMessage: 3_000,
    stages: 40_000,
    growth: { commands: 30_000, length: 'whole', memory: 1_000_000 },
  },
  full: {
    commands: 200_000,
    rounds: 3,
    perMessage: 3_000,
    stages: 100_000,
    growth: { commands: 30_000, length: 'whole', memory: 1_000_000 },
  },
} as const;
/** Enough for the ceiling's samples, and for the servers to compile their hot functions. */
const WARM_UP_COMMANDS = 10_000;
const RATES = [1, 100, 1_000] as const;
const SECONDS_A_RATE = 10;

/** Compares `serve` with kafkajs alone. `quick` without growth compares them only on a backlog. */
export const serve: Part = async (deps) => {
  const { folder, progress, signal, size, against, growth } = deps;
  const { commands, rounds, perMessage, stages } = SIZES[size];
  const other = against === undefined ? [] : [serveFrom(await obtainBuild(against), `serve at ${against}`)];
  const servers = await startMeasuredServers({ folder: join(folder, 'servers'), progress, signal });
  try {
    const trials: TrialDeps = { folder, progress, signal, servers, workload: { ...USUAL, commands } };
    const planFile = join(folder, 'ceiling.json');
    await warmUp(trials, planFile);
    const ceiling = ceilingOf(planFile);
    const compared: readonly Entry[] = [ceiling, serveFrom(root), ...other].map((contestant) => ({
      contestant,
    }));
    if (size === 'quick' && growth === 'leave out')
      return [backlogTable(await compareOnBacklog(compared, rounds, trials))];
    const results = await compareOnBacklog(
      [
        ...compared,
        { contestant: twoCeilingsOf(planFile) },
        { contestant: twoWorkers },
        { contestant: twoInstances },
        { contestant: perMessageOf(planFile), commands: perMessage },
      ],
      rounds,
      trials,
    );
    const halfSaturation = (results.find(({ title }) => title === 'serve')?.trial.aSecond ?? Number.NaN) / 2;
    const plan = { rates: [...RATES, halfSaturation], secondsEach: SECONDS_A_RATE };
    const latencies = {
      bare: await measureLatency(ceilingOf(planFile, 'bare'), plan, trials),
      serve: await measureLatency(serveFrom(root), plan, trials),
    };
    return [
      targetsTable(results, latencies),
      backlogTable(results),
      latencyTable(latencies.bare, latencies.serve),
      await measureStages(stages, trials),
      await profileServe(root, { ...trials, workload: { ...USUAL, commands: stages } }),
      writtenTable(results),
      ...(growth === 'measure' ? await measureGrowth(servers, SIZES[size].growth, deps) : []),
    ];
  } finally {
    await servers.stop();
  }
};

const warmUp = async (trials: TrialDeps, planFile: string): Promise<void> => {
  trials.progress.say('Warming the servers up…');
  await runTrial(serveFrom(root, 'warm-up'), {
    ...trials,
    workload: { ...trials.workload, commands: WARM_UP_COMMANDS },
    look: (room) => writeCeilingPlan(planFile, trials.servers, room),
  });
};
