import { root } from '../../stack/folders.ts';
import type { Measured, PartDeps } from '../part.ts';
import { lineChart } from '../pictures/line-chart.ts';
import { serveFrom } from '../serve/contestants.ts';
import { runTrial, type ObservedTrial, type TrialDeps } from '../serve/trial.ts';
import { USUAL } from '../serve/workload.ts';
import { DIMENSIONS, type Dimension } from './dimensions.ts';
import { measureMemory } from './memory.ts';
import { measureStarts } from './starts.ts';

export type GrowthPlan = {
  /** The number of commands at each point, unless the point has its own. */
  readonly commands: number;
  /** `short`: without the largest point of each dimension. */
  readonly length: 'short' | 'whole';
  /** The number of commands over which memory is watched. */
  readonly memory: number;
};

/** Decide these commands before the tables are filled, so that there is a row to copy. */
const FIRST_COMMANDS = 1_000;

/** Partitions commit whole batches, so progress jumps: over a shorter time, the figures depend on the moment of the looks. */
const MIN_MEASUREMENT_SECONDS = 4;

/** Measures the cost of a command while one quantity grows, for each quantity, and the duration of a start. */
export const measureGrowth = async (
  servers: TrialDeps['servers'],
  { commands, length, memory }: GrowthPlan,
  { folder, progress, signal }: Pick<PartDeps, 'folder' | 'progress' | 'signal'>,
): Promise<readonly Measured[]> => {
  const deps: TrialDeps = {
    folder,
    progress,
    signal,
    servers,
    workload: { ...USUAL, commands },
  };
  const measured: Measured[] = [];
  for (const dimension of DIMENSIONS) {
    const points = length === 'short' ? dimension.points.slice(0, -1) : dimension.points;
    measured.push(await measureDimension({ ...dimension, points }, deps));
  }
  return [...measured, await measureMemory(memory, deps), await measureStarts(2 * commands, deps)];
};

const measureDimension = async (
  { name, unit, scale, points }: Dimension,
  deps: TrialDeps,
): Promise<Measured> => {
  const rows = [];
  for (const { at, workload, fill } of points) {
    deps.progress.say(`${String(at)} ${unit}…`);
    const { aSecond, cpu, peakMb } = await measureLongEnough({
      ...deps,
      workload: { ...deps.workload, ...workload },
      ...(fill && { first: { commands: FIRST_COMMANDS, then: fill } }),
    });
    rows.push({
      [unit]: at,
      'its µs': cpu.processor,
      'Kafka µs': cpu.kafka,
      'Postgres µs': cpu.postgres,
      'a second': aSecond,
      'most MB': peakMb,
    });
  }
  return {
    part: `growth: ${name}`,
    beside: 'µs: CPU time a command; the first row is what the others compare with',
    picture: {
      file: `growth-${name}.svg`,
      svg: lineChart(rows, {
        title: `CPU time a command, by ${unit}`,
        along: unit,
        scale,
        lines: ['its µs', 'Kafka µs', 'Postgres µs'],
        unit: 'CPU µs a command',
      }),
    },
    rows,
  };
};

/** Repeats the trial with twice as many commands until it lasts long enough. */
const measureLongEnough = async (deps: TrialDeps): Promise<ObservedTrial> => {
  const trial = await runTrial(serveFrom(root), deps);
  return trial.measuredSeconds >= MIN_MEASUREMENT_SECONDS
    ? trial
    : measureLongEnough({ ...deps, workload: { ...deps.workload, commands: 2 * deps.workload.commands } });
};
