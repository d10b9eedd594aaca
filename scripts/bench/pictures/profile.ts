import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Measured } from '../part.ts';
import { serveFrom } from '../serve/contestants.ts';
import { runTrial, type TrialDeps } from '../serve/trial.ts';
import { flameGraph, mostOwnTime, type CpuProfile } from './flame-graph.ts';

const FUNCTIONS = 15;

/** Runs `serve` once more under V8's profiler. The profiler costs speed, so this run measures nothing else. */
export const profileServe = async (build: string, deps: TrialDeps): Promise<Measured> => {
  const { folder, progress, workload } = deps;
  const profiles = join(folder, 'profiles');
  await mkdir(profiles, { recursive: true });
  progress.say(`A profile: ${String(workload.commands)} commands…`);
  const serve = serveFrom(build);
  const profiled: typeof serve = {
    ...serve,
    command: (room) => {
      const [program, ...args] = serve.command(room);
      return [program, '--cpu-prof', '--cpu-prof-dir', profiles, ...args];
    },
  };
  await runTrial(profiled, deps);
  const [file] = (await readdir(profiles)).filter((name) => name.endsWith('.cpuprofile'));
  if (file === undefined) throw new Error(`no profile was written to ${profiles}`);
  const profile = JSON.parse(await readFile(join(profiles, file), 'utf8')) as CpuProfile;
  const title = `runclose serve, ${workload.commands.toLocaleString('en')} commands: where its CPU time goes`;
  return {
    part: 'serve: functions that take most CPU time',
    beside: 'without what they call; the picture shows who calls whom',
    picture: { file: 'flame-graph.svg', svg: flameGraph(profile, title) },
    rows: mostOwnTime(profile, FUNCTIONS).map(({ name, share }) => ({ function: name, '%': 100 * share })),
  };
};
