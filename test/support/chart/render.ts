/** Runs Helm on the chart of this checkout. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { parseAllDocuments, stringify } from 'yaml';
import { obtainHelm } from '../../../scripts/chart/helm.ts';
import { root } from '../../../scripts/stack/folders.ts';

export const chartFolder = join(root, 'helm/runclose');

export type Values = Readonly<Record<string, unknown>>;

export type EnvVar = { readonly name: string; readonly value?: string; readonly valueFrom?: object };

type Probe = { readonly httpGet: { readonly path: string } };

export type Container = {
  readonly name: string;
  readonly args?: readonly string[];
  readonly command?: readonly string[];
  readonly env?: readonly EnvVar[];
  readonly ports?: readonly { readonly name: string; readonly containerPort: number }[];
  readonly securityContext?: Readonly<Record<string, unknown>>;
  readonly startupProbe?: Probe & { readonly periodSeconds: number; readonly failureThreshold: number };
  readonly livenessProbe?: Probe;
  readonly readinessProbe?: Probe;
};

export type PodSpec = {
  readonly containers: Container[];
  readonly initContainers?: readonly Container[];
  readonly securityContext?: Readonly<Record<string, unknown>>;
  readonly volumes?: readonly Readonly<Record<string, unknown>>[];
  readonly terminationGracePeriodSeconds?: number;
  readonly automountServiceAccountToken?: boolean;
};

export type Manifest = {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- each kind has its own, and schemas check them
  readonly spec: any;
};

export type Chart = {
  /** Everything that `helm install` would create, hooks included. Rejects with Helm's message. */
  render(values: Values): Promise<readonly Manifest[]>;
  /** The same, on a cluster of this version, for example `1.29.0`. */
  renderFor(version: string, values: Values): Promise<readonly Manifest[]>;
  /** The notes that `helm install` would print at its end. */
  notes(values: Values): Promise<string>;
  lint(values: Values): Promise<string>;
};

const never = new AbortController().signal;
const silent = { say: () => undefined, update: () => undefined };

/** Cached, because several test files of one process render the same values. */
const rendered = new Map<string, Promise<readonly Manifest[]>>();

export const openChart = async (): Promise<Chart> => {
  const helm = await obtainHelm({ progress: silent, signal: never });
  const run = (args: readonly string[], values: Values): Promise<string> =>
    new Promise((resolve, reject) => {
      const child = spawn(helm, [...args, '--values', '-'], { cwd: root, stdio: 'pipe' });
      let [output, complaint] = ['', ''];
      child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
      child.stderr.setEncoding('utf8').on('data', (text: string) => (complaint += text));
      child.once('error', reject);
      child.once('close', (code) => {
        if (code === 0) resolve(output);
        else reject(new Error(`${complaint}\n${output}`));
      });
      // If Helm finds a mistake in its arguments, it ends without reading.
      child.stdin.on('error', () => undefined);
      child.stdin.end(stringify(values));
    });
  const render = async (values: Values, flags: readonly string[] = []): Promise<readonly Manifest[]> => {
    const output = await run(['template', 'demo', chartFolder, '--namespace', 'coffee', ...flags], values);
    return parseAllDocuments(output).map((document) => document.toJS() as Manifest);
  };
  return {
    render: (values) => {
      const key = stringify(values);
      const rendering = rendered.get(key) ?? render(values);
      rendered.set(key, rendering);
      return rendering;
    },
    renderFor: (version, values) => render(values, ['--kube-version', version]),
    notes: async (values) => {
      const flags = ['--dry-run=client', '--namespace', 'coffee', '--hide-notes=false'];
      const output = await run(['install', 'demo', chartFolder, ...flags], values);
      return output.slice(output.lastIndexOf('\nNOTES:\n'));
    },
    lint: (values) => run(['lint', '--strict', chartFolder], values),
  };
};

export const podsIn = (manifests: readonly Manifest[]): readonly (readonly [name: string, pod: PodSpec])[] =>
  manifests.flatMap((manifest) => {
    const pod = podOf(manifest);
    return pod === undefined ? [] : [[`${manifest.kind} ${manifest.metadata.name}`, pod] as const];
  });

const podOf = ({ kind, spec }: Manifest): PodSpec | undefined => {
  switch (kind) {
    case 'Pod':
      return spec as PodSpec;
    case 'Deployment':
    case 'Job':
      return (spec as { template: { spec: PodSpec } }).template.spec;
    case 'CronJob':
      return (spec as { jobTemplate: { spec: { template: { spec: PodSpec } } } }).jobTemplate.spec.template
        .spec;
  }
  return undefined;
};

export const theOne = (manifests: readonly Manifest[], kind: string): Manifest => {
  const [manifest, ...others] = manifests.filter((manifest) => manifest.kind === kind);
  if (manifest === undefined || others.length > 0)
    throw new Error(`${String(others.length)} too many ${kind}`);
  return manifest;
};
