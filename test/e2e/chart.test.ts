import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import { openChart, podsIn, type Container, type Manifest, type PodSpec } from '../support/chart/render.ts';
import { until } from '../support/condition.ts';
import { createDeployment, type Deployment } from '../support/deployment.ts';
import { exitOf, followServe, startProcess } from '../support/serve-process.ts';

type Mount = { readonly name: string; readonly mountPath: string };
type Item = { readonly key: string; readonly path: string };
type Source = { readonly secret?: { readonly name: string; readonly items: readonly Item[] } };

describe('The program in the pods of the chart', function () {
  // Once for all checkouts, Helm is fetched.
  this.timeout(300_000);

  let deployment: Deployment;
  let folder: string;
  let manifests: readonly Manifest[];
  /** As they lie in the namespace. */
  let secrets: Readonly<Record<string, Readonly<Record<string, string>>>>;

  before(async () => {
    deployment = await createDeployment(2);
    folder = mkdtempSync(join(tmpdir(), 'runclose-pods-'));
    // A pod has ports of its own, which its probes reach from outside.
    const { DATABASE_URL: url = '', HTTP_HOST: _host, HTTP_PORT: _port, ...config } = deployment.env;
    secrets = { serve: { url }, owner: { url }, operator: { url } };
    manifests = await (
      await openChart()
    ).render({
      config,
      secrets: { DATABASE_URL: { secret: 'serve', key: 'url' } },
      owner: { secrets: { DATABASE_URL: { secret: 'owner', key: 'url' } } },
      operator: { secrets: { DATABASE_URL: { secret: 'operator', key: 'url' } } },
      verify: { enabled: true },
    });
  });
  after(async () => {
    rmSync(folder, { recursive: true });
    await deployment.remove();
  });

  const podOf = (name: string): PodSpec => podsIn(manifests).find(([pod]) => pod.endsWith(name))![1];

  /** Lays the pod's files out below the folder. @returns what the container finds in its environment, with paths of this machine */
  const environmentIn = (pod: PodSpec, container: Container): Record<string, string> => {
    const at = join(folder, container.name);
    for (const { name, mountPath } of (container as { volumeMounts?: readonly Mount[] }).volumeMounts ?? []) {
      const volume = pod.volumes?.find((it) => it['name'] === name);
      const { sources = [] } = (volume?.['projected'] ?? {}) as { sources?: readonly Source[] };
      for (const { secret } of sources)
        for (const { key, path } of secret?.items ?? []) {
          const file = join(at, mountPath, path);
          mkdirSync(dirname(file), { recursive: true });
          writeFileSync(file, secrets[secret!.name]![key]!);
        }
    }
    return Object.fromEntries(
      (container.env ?? []).map(({ name, value = '' }) => [
        name,
        value.startsWith('/var/run/') ? join(at, value) : value,
      ]),
    );
  };

  const run = async (
    pod: PodSpec,
    more: readonly string[] = [],
  ): Promise<{ code: number | null; said: string }> => {
    const [container] = pod.containers;
    const child = startProcess([...(container!.args ?? []), ...more], environmentIn(pod, container!));
    const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), exitOf(child)]);
    return { code, said: `${stdout}${stderr}` };
  };

  it('works with the settings and files of the pods, and ends within their grace period', async () => {
    expect(await run(podOf('Job demo-runclose-setup'))).to.include({ code: 0 });

    const pod = podOf('Deployment demo-runclose');
    const container = pod.containers[0]!;
    // A free port, instead of one that another process may have.
    const child = startProcess(container.args ?? [], { ...environmentIn(pod, container), HTTP_PORT: '0' });
    try {
      const serving = await followServe(child).ready;
      const ask = async (path: string): Promise<number> =>
        (await fetch(`http://127.0.0.1:${String(serving.httpPort)}${path}`)).status;
      expect(await ask(container.startupProbe!.httpGet.path)).to.equal(200);
      expect(await ask(container.livenessProbe!.httpGet.path)).to.equal(200);
      await until('it is ready', async () => (await ask(container.readinessProbe!.httpGet.path)) === 200);

      await deployment.publish({ commandId: 'close-1', runId: 'run-1' });
      await deployment.settled();
      expect(await deployment.outcomes()).to.have.length(2);

      const status = await run(podOf('Pod demo-runclose-test'), ['--json']);
      expect(status.said).to.contain(deployment.names.requested);
      expect(status.code).to.equal(0);
      expect(await run(podOf('CronJob demo-runclose-verify'))).to.include({ code: 0 });
      expect(await run(podOf('CronJob demo-runclose-purge'))).to.include({ code: 0 });

      const told = performance.now();
      serving.signal('SIGTERM');
      expect(await serving.exited).to.equal(0);
      expect((performance.now() - told) / 1_000).to.be.below(pod.terminationGracePeriodSeconds!);
    } finally {
      child.kill('SIGKILL');
    }
  });
});
