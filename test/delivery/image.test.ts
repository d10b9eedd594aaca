import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import { obtainHadolint } from '../../scripts/image/hadolint.ts';
import { createProgress } from '../../scripts/stack/progress.ts';
import { findNode } from '../../scripts/test/node-binary.ts';
import { createDeployment, type Deployment } from '../support/deployment.ts';
import { buildImage, CHECKOUT, execForm, isInContext, lastOf, readDockerfile } from '../support/image.ts';
import { exitOf, followServe } from '../support/serve-process.ts';

type Lock = { readonly packages: Readonly<Record<string, { dev?: boolean }>> };

const progress = createProgress(process.stderr);

describe('The image', function () {
  this.timeout(600_000);
  let folder: string;
  let root: string;
  let node: string;
  let deployment: Deployment;

  before(async () => {
    deployment = await createDeployment(2);
    folder = mkdtempSync(join(tmpdir(), 'runclose-image-'));
    // Another user starts what is in it.
    chmodSync(folder, 0o755);
    const [, version = ''] = /^node:([\d.]+)-/.exec(lastOf('FROM')) ?? [];
    node = join(folder, 'node');
    copyFileSync(await findNode(version, progress), node);
    const { NODE_OPTIONS, NODE_V8_COVERAGE, ...env } = process.env;
    root = buildImage(folder, {
      ...env,
      npm_config_prefer_offline: 'true',
      PATH: `${folder}${delimiter}${env['PATH'] ?? ''}`,
    });
  });
  after(async () => {
    rmSync(folder, { recursive: true, force: true });
    await deployment.remove();
  });

  /** Starts the image as an engine does: its user, its working folder, and no environment but its own and what is given. */
  const start = ([program = '', ...args]: readonly string[], env: Readonly<Record<string, string>>) => {
    expect(program).to.equal('node');
    const [uid, gid] = lastOf('USER').split(':').map(Number);
    return spawn(
      node,
      args.map((arg) => (arg.startsWith('/') ? join(root, arg) : arg)),
      {
        cwd: join(root, lastOf('WORKDIR')),
        env: { NODE_ENV: 'production', ...deployment.env, ...env },
        stdio: ['ignore', 'pipe', 'pipe'],
        ...(process.getuid?.() === 0 && { uid, gid }),
      },
    );
  };

  const run = async (command: readonly string[], env: Readonly<Record<string, string>> = {}) => {
    const child = start(command, env);
    const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), exitOf(child)]);
    return { code, stdout, stderr };
  };

  it('passes hadolint', async () => {
    const hadolint = await obtainHadolint({ progress, signal: new AbortController().signal });
    const { stdout, status } = spawnSync(hadolint, [join(CHECKOUT, 'Dockerfile')], { encoding: 'utf8' });
    expect([status, stdout]).to.deep.equal([0, '']);
  });

  it('runs as a numeric user other than root, and needs no shell', () => {
    expect(lastOf('USER')).to.match(/^[1-9]\d{3,}:[1-9]\d{3,}$/);
    for (const name of ['ENTRYPOINT', 'CMD', 'HEALTHCHECK']) expect(execForm(name)).to.not.be.empty;
    expect(execForm('HEALTHCHECK')).to.deep.equal([...execForm('ENTRYPOINT'), 'health']);
    const last = readDockerfile().findLastIndex(({ name }) => name === 'FROM');
    expect(
      readDockerfile()
        .slice(last)
        .map(({ name }) => name),
    ).to.not.include('RUN');
  });

  it('is built from the sources only: no settings, keys or data of a checkout can come in', () => {
    const kept = [
      '.env',
      '.git/config',
      '.npmrc.bak',
      '.stack/env',
      'node_modules/pg/package.json',
      'test/tsconfig.json',
    ];
    expect(kept.filter(isInContext)).to.deep.equal([]);
    expect(['src/cli/main.ts', 'package.json', 'scripts/build.mjs'].filter(isInContext)).to.have.length(3);
    expect(['scripts/stack.ts', 'schemas/released'].filter(isInContext)).to.deep.equal([]);
  });

  it('holds only the packages of production, installed without running their scripts', () => {
    const read = (path: string): Lock => JSON.parse(readFileSync(path, 'utf8')) as Lock;
    const installed = read(join(root, 'app/node_modules/.package-lock.json')).packages;
    const locked = read(join(CHECKOUT, 'package-lock.json')).packages;
    for (const path of Object.keys(installed)) expect(locked[path]?.dev, path).to.not.equal(true);
    const installs = readDockerfile().filter(({ text }) => /npm (ci|prune)/.test(text));
    expect(installs.every(({ text }) => text.includes('--ignore-scripts'))).to.equal(true);
    const top = readdirSync(join(root, 'app/node_modules')).filter((name) => !/^[.@]/.test(name));
    expect(top.filter((name) => installed[`node_modules/${name}`] === undefined)).to.deep.equal([]);
    const sbom = JSON.parse(readFileSync(join(root, 'app/sbom.cdx.json'), 'utf8')) as {
      readonly components: readonly { readonly name: string }[];
    };
    const names = Object.keys(installed).map((path) => path.slice(path.lastIndexOf('node_modules/') + 13));
    expect(sbom.components.map(({ name }) => name)).to.include.members(names);
  });

  it('holds no sources, no maps and no tests', () => {
    const files = readdirSync(join(root, 'app'), { recursive: true, encoding: 'utf8' }).filter(
      (file) => !file.startsWith('node_modules'),
    );
    expect(files).to.include.members(['dist/cli/main.js', 'schemas/run.closed-value.avsc', 'LICENSE']);
    expect(files.filter((file) => /\.(ts|map|tsbuildinfo)$|(^|\/)(test|scripts)\//.test(file))).to.deep.equal(
      [],
    );
  });

  it('sets up, serves, says that it is healthy, and drains on SIGTERM', async () => {
    const entry = execForm('ENTRYPOINT');
    const setup = await run([...entry, 'setup']);
    expect(setup.code, setup.stderr).to.equal(0);

    const serving = await followServe(start([...entry, ...execForm('CMD')], {})).ready;
    await deployment.publish({ commandId: 'c1' });
    await deployment.settled();
    expect(await deployment.outcomes()).to.have.length(2);
    const port = { HTTP_PORT: String(serving.httpPort) };
    const healthy = await run(execForm('HEALTHCHECK'), port);
    expect(healthy.code, healthy.stdout).to.equal(0);

    serving.signal('SIGTERM');
    expect(await serving.exited).to.equal(0);
    expect((await run(execForm('HEALTHCHECK'), port)).code).to.equal(1);
  });
});
