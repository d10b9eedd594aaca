import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { parse } from 'yaml';
import { SETTING_GROUPS } from '../../src/config/settings.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const manifest = JSON.parse(read('package.json')) as Readonly<
  Record<'dependencies' | 'optionalDependencies' | 'devDependencies', Readonly<Record<string, string>>>
> & { readonly version: string };

type Locked = { readonly version: string; readonly dev?: boolean; readonly license?: string };
const locked = Object.entries(
  (JSON.parse(read('package-lock.json')) as { packages: Record<string, Locked> }).packages,
);

/** They ask for nothing but their own text, and may be linked into anything. */
const ALLOWED = new Set(['MIT', 'ISC', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', '0BSD', 'CC0-1.0']);
/** Their manifests name no licence; their LICENSE files hold these. */
const BY_THEIR_FILES: Readonly<Record<string, string>> = {
  '@kafkajs/confluent-schema-registry': 'MIT',
  'get-stack-trace': 'BSD-3-Clause',
};

/** `(MIT OR CC0-1.0)` is allowed if one of them is. Whatever else is written there is not. */
const isAllowed = (license: string): boolean =>
  license
    .replaceAll(/[()]/g, '')
    .split(' OR ')
    .some((it) => ALLOWED.has(it));

describe('The shipped package', () => {
  it('holds packages with allowed licences only', () => {
    const shipped = locked.filter(([path, { dev }]) => path !== '' && dev !== true);
    expect(shipped.length).to.be.above(50);
    const refused = shipped.flatMap(([path, { license }]) => {
      const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
      const known = license ?? BY_THEIR_FILES[name] ?? 'none';
      return isAllowed(known) ? [] : [`${name}: ${known}`];
    });
    expect(refused).to.deep.equal([]);
  });

  it('tells a licence that is not allowed from one that is', () => {
    expect(['MIT', '(MIT OR GPL-3.0)', 'ISC'].every(isAllowed)).to.equal(true);
    expect(['GPL-3.0', 'MIT AND GPL-3.0', 'SEE LICENSE IN x', 'none'].some(isAllowed)).to.equal(false);
  });

  it('names an exact version of each package that it needs', () => {
    const { dependencies, optionalDependencies, devDependencies } = manifest;
    for (const [name, version] of Object.entries({
      ...dependencies,
      ...optionalDependencies,
      ...devDependencies,
    }))
      expect(version, name).to.match(/^\d+\.\d+\.\d+(-[\w.]+)?$/);
  });
});

type Step = {
  readonly uses?: string;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly run?: string;
  readonly shell?: string;
};
type Workflow = {
  readonly permissions?: unknown;
  readonly jobs: Readonly<
    Record<
      string,
      { readonly uses?: string; readonly environment?: string; readonly steps?: readonly Step[] }
    >
  >;
};

const FOLDER = '.github/workflows';
const workflows = readdirSync(join(ROOT, FOLDER)).map(
  (name) => [name, parse(read(`${FOLDER}/${name}`)) as Workflow] as const,
);
const steps = workflows.flatMap(([, { jobs }]) => Object.values(jobs).flatMap((job) => job.steps ?? []));

/** The inputs that these versions of the actions have, as far as they are used: GitHub only warns of others. */
const INPUTS: Readonly<Record<string, readonly string[]>> = {
  'actions/checkout v4': [],
  'actions/setup-node v4': ['node-version', 'node-version-file', 'cache', 'registry-url'],
  'actions/setup-java v4': ['distribution', 'java-version'],
  'actions/cache v4': ['path', 'key'],
  'actions/attest-build-provenance v2': ['subject-name', 'subject-digest', 'push-to-registry'],
  'docker/setup-qemu-action v3': [],
  'docker/setup-buildx-action v3': [],
  'docker/login-action v3': ['registry', 'username', 'password'],
  'docker/metadata-action v5': ['images', 'tags'],
  'docker/build-push-action v6': ['context', 'platforms', 'push', 'tags', 'labels', 'provenance', 'sbom'],
};

/** By commit, name and major version: `actions/checkout@11bd… # v4.2.2` is `actions/checkout v4`. */
const versionOf = new Map(
  readdirSync(join(ROOT, FOLDER)).flatMap((name) =>
    [...read(`${FOLDER}/${name}`).matchAll(/uses: ((\S+)@[0-9a-f]{40}) # (v\d+)\.\d+\.\d+$/gm)].map(
      ([, uses = '', action = '', major = '']) => [uses, `${action} ${major}`] as const,
    ),
  ),
);

describe('The workflows', () => {
  it('give each action only inputs that the action has', () => {
    for (const { uses, with: inputs = {} } of steps) {
      if (uses === undefined) continue;
      expect(INPUTS[versionOf.get(uses) ?? ''], uses).to.include.members(Object.keys(inputs));
    }
  });

  it('name each action by a commit, which nobody can move, and say which version that is', () => {
    const used = new Set(steps.flatMap(({ uses }) => uses ?? []));
    expect(used).not.to.be.empty;
    expect([...versionOf.keys()]).to.have.members([...used]);
    expect(new Set(versionOf.values()), 'one commit of each').to.have.property('size', used.size);
  });

  it('may only read, unless a job says otherwise', () => {
    for (const [name, { permissions }] of workflows)
      expect(permissions, name).to.deep.equal({ contents: 'read' });
  });

  it('run scripts that exist, and every CI runs .ci/run', () => {
    const scripts = Object.keys((JSON.parse(read('package.json')) as { scripts: object }).scripts);
    for (const { run = '' } of steps)
      for (const [, script = ''] of run.matchAll(/npm run ([\w:-]+)/g)) expect(scripts).to.include(script);
    const ci = workflows.find(([name]) => name === 'ci.yml')?.[1];
    expect(
      Object.values(ci?.jobs ?? {})
        .flatMap((job) => job.steps ?? [])
        .at(-1)?.run,
    ).to.equal('.ci/run');
    expect(read('Jenkinsfile')).to.include("sh '.ci/run'");
    expect(existsSync(join(ROOT, '.ci/run'))).to.equal(true);
  });

  it('publish nothing that CI has not passed, and only with provenance', () => {
    const release = workflows.find(([name]) => name === 'release.yml')?.[1];
    expect(release?.jobs['ci']?.uses).to.equal('./.github/workflows/ci.yml');
    const text = read(`${FOLDER}/release.yml`);
    expect(text).to.include('npm audit signatures').and.include('npm publish --provenance');
    expect(text.match(/attest-build-provenance/g)).to.have.length(2);
    for (const job of ['package', 'image', 'chart'])
      expect(release?.jobs[job]?.environment, job).to.equal('release');
  });

  it('see each command of a pipe fail, which GitHub’s unnamed shell does not, and take no text of others into a script', () => {
    for (const { run = '', shell } of steps) {
      if (/[^|]\|[^|]/.test(run)) expect(shell, run).to.equal('bash');
      expect(run).not.to.match(/\$\{\{\s*(github|inputs|steps|env)\b/);
    }
  });

  it('build with the Node of the image', () => {
    const [, version = ''] = /^FROM node:([\d.]+)-/m.exec(read('Dockerfile')) ?? [];
    expect(read(`${FOLDER}/release.yml`)).to.include(`node-version: ${version}`);
  });
});

describe('Renovate', () => {
  it('pins actions and images by digest', () => {
    const { extends: presets } = JSON.parse(read('renovate.json')) as { readonly extends: readonly string[] };
    expect(presets).to.include.members(['helpers:pinGitHubActionDigests', 'docker:pinDigests']);
  });

  it('gives a reason for each update that it holds back', () => {
    type Rule = {
      readonly description?: string;
      readonly enabled?: boolean;
      readonly allowedVersions?: string;
    };
    const { packageRules } = JSON.parse(read('renovate.json')) as { readonly packageRules: readonly Rule[] };
    for (const rule of packageRules) expect(rule.description).to.match(/^.{30,}\.$/);
  });
});

type Service = {
  readonly image: string;
  readonly environment: Readonly<Record<string, unknown>>;
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly security_opt?: readonly string[];
  readonly ports?: readonly string[];
  readonly stop_grace_period?: string;
};

describe('compose.yaml', () => {
  const { services } = parse(read('compose.yaml'), { merge: true }) as {
    readonly services: Readonly<Record<string, Service>>;
  };
  const settings = SETTING_GROUPS.flatMap((group) => group.settings);

  it('names an exact version of each image, and that of this package', () => {
    for (const [name, { image }] of Object.entries(services)) expect(image, name).to.match(/:\d+\.\d+/);
    expect(services['serve']?.image).to.equal(`runclose:${manifest.version}`);
  });

  it('opens ports to this machine only', () => {
    for (const { ports = [] } of Object.values(services))
      for (const port of ports) expect(port).to.match(/^127\.0\.0\.1:/);
  });

  it('sets up and serves with settings that exist, without rights, and lets serve drain', () => {
    for (const name of ['setup', 'serve']) {
      const service = services[name];
      expect(settings.map(({ variable }) => variable)).to.include.members(
        Object.keys(service?.environment ?? {}),
      );
      expect([service?.read_only, service?.cap_drop, service?.security_opt]).to.deep.equal([
        true,
        ['ALL'],
        ['no-new-privileges:true'],
      ]);
    }
    const drain = settings.find(({ variable }) => variable === 'SHUTDOWN_TIMEOUT_SECONDS')?.byDefault;
    expect(parseInt(services['serve']?.stop_grace_period ?? '', 10)).to.be.above(Number(drain));
  });
});
