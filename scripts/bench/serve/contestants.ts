import { join } from 'node:path';
import { root } from '../../stack/folders.ts';
import type { Contestant } from './trial.ts';

/** What the chart sets (`nodeOptions`), and the operating page advises. Every contestant has it. */
const NODE = { NODE_OPTIONS: '--max-semi-space-size=32' };

/** The product's own `runclose serve`. */
export const serveFrom = (build: string, title = 'serve'): Contestant => ({
  title,
  build,
  instances: 1,
  members: 1,
  variables: NODE,
  command: () => [process.execPath, join(build, 'dist/cli/main.js'), 'serve'],
});

export const twoWorkers: Contestant = {
  ...serveFrom(root, 'serve, two workers'),
  members: 2,
  variables: { ...NODE, SERVE_WORKERS: '2' },
};

export const twoInstances: Contestant = {
  ...serveFrom(root, 'serve, two instances'),
  instances: 2,
  members: 2,
};

/** @param planFile the file of the plan: see ceiling-plan.ts */
export const ceilingOf = (planFile: string, title = 'ceiling'): Contestant =>
  programOf(title, 'ceiling.ts', planFile);

export const twoCeilingsOf = (planFile: string): Contestant => ({
  ...ceilingOf(planFile, 'ceiling, two instances'),
  instances: 2,
  members: 2,
});

export const perMessageOf = (planFile: string): Contestant =>
  programOf('per message', 'per-message.ts', planFile);

const programOf = (title: string, file: string, ...args: readonly string[]): Contestant => ({
  title,
  build: root,
  instances: 1,
  members: 1,
  variables: NODE,
  command: () => [process.execPath, '--import', 'tsx', join(root, 'scripts/bench/serve', file), ...args],
});
