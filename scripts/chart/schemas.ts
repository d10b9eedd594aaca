/** Fetches the schemas of the chart's objects: Kubernetes' own, and those of custom resources as their projects publish them. */
import { execFile } from 'node:child_process';
import { renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { obtainCached } from '../stack/cache.ts';
import type { MavenDeps } from '../stack/maven-deps.ts';
import { fetchAll } from '../stack/pinned-artifacts.ts';
import { unzip } from '../stack/unzip.ts';
import { fetchWheel } from '../stack/wheel.ts';

/** The oldest version that the chart supports, and the newest one in the wheel. */
export const KUBERNETES_VERSIONS = ['1.29', '1.37'] as const;

export type KubernetesVersion = (typeof KUBERNETES_VERSIONS)[number];

const WHEEL = {
  title: "Kubernetes' schemas",
  requirement: 'kubernetes-validate==1.37.0',
  file: 'kubernetes_validate-1.37.0-py3-none-any.whl',
  bytes: 22_560_767,
  sha256: '85136d018a27b50ec7fc049d902bfa5193f5976807e6c0f408e3ab6fe078cad9',
  path: 'b0/50/104f3b5a41aba6737c5f2ffe76270398f3a7320dc4a4f3f88dfd5bc9af63',
};

/** A folder for each version, with a schema for each kind. The schemas refuse unknown fields. */
export const obtainKubernetesSchemas = async (
  deps: MavenDeps,
): Promise<Record<KubernetesVersion, string>> => {
  const within = (version: string): string =>
    `kubernetes_validate/kubernetes-json-schema/v${version}.0-local-strict`;
  const folder = await obtainCached(
    `kubernetes-schemas-1.37.0-${KUBERNETES_VERSIONS.join('-')}`,
    async (draft) => {
      const archive = await fetchWheel(WHEEL, draft, deps);
      unzip(archive, draft, (name) =>
        KUBERNETES_VERSIONS.some((version) => name.startsWith(`${within(version)}/`)),
      );
      rmSync(archive);
    },
  );
  const [oldest, newest] = KUBERNETES_VERSIONS;
  return { [oldest]: join(folder, within(oldest)), [newest]: join(folder, within(newest)) };
};

type Module = {
  readonly path: string;
  readonly version: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly files: readonly string[];
};

const MODULES: readonly Module[] = [
  {
    path: 'github.com/kedacore/keda/v2',
    version: 'v2.21.0',
    bytes: 2_986_999,
    sha256: '74b59fe16144250748b716d6dc8789dee52d26164daab732145bed60456013a4',
    files: [
      'config/crd/bases/keda.sh_scaledobjects.yaml',
      'config/crd/bases/keda.sh_triggerauthentications.yaml',
    ],
  },
  {
    path: 'github.com/prometheus-operator/prometheus-operator',
    version: 'v0.85.0',
    bytes: 4_083_849,
    sha256: '0bdb88ed823d0f2e86cf909638439b6ad1da744a228172c7411d9987527dc5d1',
    files: [
      'example/prometheus-operator-crd/monitoring.coreos.com_prometheusrules.yaml',
      'example/prometheus-operator-crd/monitoring.coreos.com_servicemonitors.yaml',
    ],
  },
];

/** The paths of the CustomResourceDefinitions, from the projects' Go modules. */
export const obtainCustomResources = async (deps: MavenDeps): Promise<readonly string[]> => {
  const count = MODULES.flatMap(({ files }) => files).length;
  const name = `custom-resources-${MODULES.map(({ version }) => version).join('-')}-${String(count)}`;
  const folder = await obtainCached(name, async (draft) => {
    const base = await moduleProxy();
    const archives = MODULES.map((module, index) => ({ module, to: join(draft, `${String(index)}.zip`) }));
    const files = archives.map(({ module: { path, version, sha256, bytes }, to }) => ({
      url: `${base}/${path}/@v/${version}.zip`,
      sha256,
      bytes,
      to,
    }));
    await fetchAll('the schemas of custom resources', files, deps);
    for (const { module, to } of archives) {
      const within = (file: string): string => `${module.path}@${module.version}/${file}`;
      unzip(to, draft, (entry) => module.files.map(within).includes(entry));
      for (const file of module.files) renameSync(join(draft, within(file)), join(draft, lastPart(file)));
      rmSync(to);
    }
    rmSync(join(draft, 'github.com'), { recursive: true });
  });
  return MODULES.flatMap(({ files }) => files.map((file) => join(folder, lastPart(file))));
};

const lastPart = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

/** `GOPROXY` of the environment, or Go's own setting. */
const moduleProxy = async (): Promise<string> => {
  const named = process.env['GOPROXY'] || (await askGo());
  const proxy = named.split(/[,|]/).find((address) => URL.canParse(address) && /^https?:/.test(address));
  if (proxy === undefined)
    throw new Error(
      'the schemas of custom resources come from Go modules: set GOPROXY to a proxy of Go modules, or install Go',
    );
  return proxy.replace(/\/+$/, '');
};

const askGo = (): Promise<string> =>
  promisify(execFile)('go', ['env', 'GOPROXY']).then(
    ({ stdout }) => stdout.trim(),
    () => '',
  );
