/**
 * Tries the chart on a real Kubernetes API server: installs it with `--wait`, upgrades it to each switch of the tests, rolls back, and
 * uninstalls. Each object must pass admission (`restricted`, a quota, limits), and the API server must not warn. `KUBECONFIG` names a
 * cluster for trials with simulated nodes, for example by kwok: pods become ready there, Jobs complete, and no container runs. Besides a
 * namespace of its own, which it removes, this adds custom resources, a PriorityClass and a label of the nodes to the cluster. `kubectl`
 * must be installed.
 */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { stringify } from 'yaml';
import { MINIMAL, SWITCHES } from '../test/support/chart/switches.ts';
import { obtainHelm } from './chart/helm.ts';
import { obtainCustomResources } from './chart/schemas.ts';
import { root } from './stack/folders.ts';
import { onInterruption } from './stack/interruption.ts';
import { createProgress } from './stack/progress.ts';

if (!process.env['KUBECONFIG']) {
  process.stderr.write('Set KUBECONFIG to a cluster for trials: this changes it.\n');
  process.exit(64);
}

const signal = onInterruption();
const progress = createProgress(process.stderr);
const helm = await obtainHelm({ progress, signal });
const namespace = `runclose-try-${randomBytes(4).toString('hex')}`;
const chart = join(root, 'helm/runclose');

/** Runs a program and returns its output. Rejects if it fails. */
const run = async (program: string, args: readonly string[], input = ''): Promise<string> => {
  const child = spawn(program, args, { stdio: 'pipe' });
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  const exited = new Promise<number | null>((resolve, reject) =>
    child.once('error', reject).once('close', resolve),
  );
  const [said, complained, code] = await Promise.all([text(child.stdout), text(child.stderr), exited]);
  if (code !== 0) throw new Error(`${args.slice(0, 3).join(' ')}: ${complained}${said}`);
  return `${complained}\n${said}`;
};

const faults: string[] = [];

/** One step with Helm. A failure or a warning counts as a fault, and the next step still runs. */
const step = async (title: string, args: readonly string[], values = ''): Promise<void> => {
  signal.throwIfAborted();
  const all = [...args, '--namespace', namespace, '--wait', '--timeout', '5m'];
  const found = await run(helm, all, values).then(
    (said) => said.split('\n').filter((line) => /Warning: |level=WARN/.test(line)),
    (error: unknown) => [String(error)],
  );
  faults.push(...found.map((fault) => `${title}: ${fault}`));
  progress.say(`${found.length === 0 ? 'ok ' : 'BAD'} ${title}`);
};

const upgrade = (title: string, values: unknown): Promise<void> =>
  step(title, ['upgrade', '--install', 'demo', chart, '--values', '-'], stringify(values));

const objects = [
  {
    kind: 'Namespace',
    metadata: {
      name: namespace,
      labels: {
        'pod-security.kubernetes.io/enforce': 'restricted',
        'pod-security.kubernetes.io/warn': 'restricted',
      },
    },
  },
  {
    kind: 'LimitRange',
    metadata: { name: 'limits', namespace },
    spec: {
      limits: [{ type: 'Container', default: { cpu: '1', memory: '1Gi' }, max: { cpu: '4', memory: '4Gi' } }],
    },
  },
  {
    kind: 'ResourceQuota',
    metadata: { name: 'quota', namespace },
    spec: { hard: { 'requests.cpu': '40', 'limits.memory': '80Gi', pods: '60' } },
  },
  // The objects that the switches name.
  { kind: 'ServiceAccount', metadata: { name: 'runclose', namespace } },
  { kind: 'ServiceAccount', metadata: { name: 'runclose-owner', namespace } },
].map((object) => stringify({ apiVersion: 'v1', ...object }));
const priority = stringify({
  apiVersion: 'scheduling.k8s.io/v1',
  kind: 'PriorityClass',
  metadata: { name: 'high' },
  value: 1000,
});

try {
  await run('kubectl', ['apply', '--filename', '-'], [...objects, priority].join('---\n'));
  await run('kubectl', ['label', 'node', '--all', '--overwrite', 'rack=one']);
  for (const file of await obtainCustomResources({ progress, signal }))
    await run('kubectl', ['apply', '--server-side', '--filename', file]);

  await upgrade('install', MINIMAL);
  for (const [name, values] of Object.entries(SWITCHES)) await upgrade(`upgrade to ${name}`, values);
  await step('roll back', ['rollback', 'demo']);
  await step('uninstall', ['uninstall', 'demo']);
} finally {
  await run('kubectl', ['delete', 'namespace', namespace, '--ignore-not-found', '--wait=false']);
}
for (const fault of faults) process.stderr.write(`${fault}\n`);
process.exitCode = faults.length === 0 ? 0 : 1;
