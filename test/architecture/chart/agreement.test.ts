import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { parse } from 'yaml';
import { createAuthority } from '../../../scripts/stack/certificates/authority.ts';
import { plainSettings, secretSettings, settingsUnreadBy } from '../../../scripts/generate/chart-settings.ts';
import { root } from '../../../scripts/stack/folders.ts';
import { type ConfigPart, loadConfig, variablesOf } from '../../../src/config/config.ts';
import { type Setting, SETTING_GROUPS } from '../../../src/config/settings.ts';
import { topicNames } from '../../../src/kafka/names/topic-names.ts';
import type { HealthReport } from '../../../src/observability/health.ts';
import { startHttpServer, type HttpServer } from '../../../src/observability/http-server.ts';
import { chartFolder, openChart, podsIn, theOne } from '../../support/chart/render.ts';
import type { Chart, Container, Manifest, PodSpec } from '../../support/chart/render.ts';
import { MINIMAL, SWITCHES } from '../../support/chart/switches.ts';
import { declaredCommands } from '../../support/declared-commands.ts';

const serveIn = (
  manifests: readonly Manifest[],
): { readonly pod: PodSpec; readonly container: Container } => {
  const [, pod] = podsIn([theOne(manifests, 'Deployment')])[0]!;
  return { pod, container: pod.containers.find(({ name }) => name === 'serve')! };
};

const OK: HealthReport = {
  status: 'ok',
  checks: [{ name: 'consumer', status: 'ok', detail: 'standing by' }],
};
const FAILING: HealthReport = {
  status: 'failing',
  checks: [{ name: 'database', status: 'failing', detail: 'away' }],
};

const startAnswering = (ready: HealthReport): Promise<HttpServer> =>
  startHttpServer({
    host: '127.0.0.1',
    port: 0,
    live: () => Promise.resolve(OK),
    ready: () => Promise.resolve(ready),
    status: () => Promise.resolve({}),
    exposition: () => Promise.resolve({ contentType: 'text/plain', body: 'runclose_build_info 1' }),
  });

const PASSWORD = 'secret';

/** Of each kind of text, one that the program accepts. */
const SAMPLES = ['/text', 'text', 'kafka:9092', 'http://registry', 'postgres://db', '0.5'];

const everySetting = SETTING_GROUPS.flatMap(({ settings }) => settings.map(({ variable }) => variable));

/** What each command of the chart's pods talks to. A secret for anything else must not lie in its pod. */
const PARTS_OF: Readonly<Record<string, readonly ConfigPart[]>> = {
  serve: ['kafka', 'registry', 'database', 'http', 'serve', 'otel'],
  setup: ['kafka', 'registry', 'database'],
  purge: ['kafka', 'database'],
  'replay verify': ['kafka', 'registry', 'database'],
  status: ['kafka', 'database'],
};

describe('The chart agrees with the program', function () {
  this.timeout(300_000);

  let chart: Chart;
  let folder: string;
  let http: HttpServer;

  before(async () => {
    chart = await openChart();
    folder = mkdtempSync(join(tmpdir(), 'runclose-chart-'));
    http = await startAnswering(OK);
  });
  after(async () => {
    await http.close();
    rmSync(folder, { recursive: true });
  });

  const authority = createAuthority('Somebody');
  const client = authority.issue({ commonName: 'runclose', passphrase: PASSWORD });

  const textOf = (variable: string): string => {
    if (variable === 'DATABASE_URL') return 'postgres://runclose:secret@db:5432/runclose';
    if (variable.endsWith('_CA')) return authority.certificate;
    if (variable.endsWith('_CERT')) return client.certificate;
    return variable.endsWith('_KEY') ? client.key : PASSWORD;
  };

  /** What the container finds in its environment; files lie elsewhere here. */
  const environmentOf = ({ env = [] }: Container): Record<string, string> =>
    Object.fromEntries(
      env.map(({ name, value }) => {
        if (value === undefined) return [name, textOf(name)];
        if (!/^\/(var\/run\/runclose|vault)\//.test(value)) return [name, value];
        const path = join(folder, name);
        writeFileSync(path, textOf(name.replace(/_FILE$/, '')));
        return [name, path];
      }),
    );

  it('on the version', () => {
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
    const about = parse(readFileSync(join(chartFolder, 'Chart.yaml'), 'utf8')) as Record<string, string>;
    expect(about).to.include({ version, appVersion: version });
  });

  it('on the image: its user, and that it starts the command line', async () => {
    const dockerfile = readFileSync(join(root, 'Dockerfile'), 'utf8');
    const [, user, group] = /^USER (\d+):(\d+)$/m.exec(dockerfile)!;
    expect(dockerfile).to.match(/^ENTRYPOINT \["node", "[^"]*\/dist\/cli\/main\.js"\]$/m);
    for (const [name, pod] of podsIn(await chart.render({ ...MINIMAL, verify: { enabled: true } })))
      expect(pod.securityContext, name).to.include({ runAsUser: Number(user), runAsGroup: Number(group) });
  });

  for (const [name, values] of Object.entries(SWITCHES)) {
    it(`on variables, port and times, with ${name}`, async () => {
      const manifests = await chart.render(values);
      const { pod, container } = serveIn(manifests);
      const config = loadConfig(environmentOf(container));
      const port = theOne(manifests, 'Service').spec as { ports: { port: number }[] };
      expect([container.ports![0]!.containerPort, port.ports[0]!.port]).to.deep.equal([
        config.http.port,
        config.http.port,
      ]);
      expect(pod.terminationGracePeriodSeconds).to.be.above(config.shutdownTimeoutSeconds);
      const { periodSeconds, failureThreshold } = container.startupProbe!;
      expect(periodSeconds * failureThreshold).to.be.above(3 * config.startupTimeoutSeconds);
    });
  }

  it('on every setting: each reaches exactly the commands that look at it, as a value or as a file', async () => {
    const sample = ({ values }: Setting): unknown => {
      switch (values.kind) {
        case 'text':
          return SAMPLES.find((it) => new RegExp(values.pattern ?? '', 'u').test(it));
        case 'choice':
          return values.choices.at(-1);
        case 'number':
          return values.max;
      }
    };
    const isPlain = ({ variable }: Setting): boolean =>
      !secretSettings.some((it) => it.variable === variable);
    const plain = plainSettings.filter(isPlain);
    const manifests = await chart.render({
      config: Object.fromEntries(plain.map((it) => [it.variable, sample(it)])),
      secrets: Object.fromEntries(secretSettings.map(({ variable }) => [variable, { secret: 'runclose' }])),
      verify: { enabled: true },
    });
    const pods = podsIn(manifests);
    expect(pods).to.have.length(5);
    for (const [pod, { containers, volumes = [] }] of pods) {
      const parts = PARTS_OF[(containers[0]?.args ?? []).filter((it) => !it.startsWith('-')).join(' ')]!;
      const read = variablesOf(parts);
      const secrets = secretSettings.map(({ variable }) => variable).filter((it) => read.includes(it));
      const wanted = {
        ...Object.fromEntries(
          plain.filter((it) => read.includes(it.variable)).map((it) => [it.variable, String(sample(it))]),
        ),
        ...Object.fromEntries(secrets.map((it) => [`${it}_FILE`, `/var/run/runclose/secrets/${it}`])),
        NODE_OPTIONS: '--max-semi-space-size=32',
      };
      const env = Object.fromEntries((containers[0]?.env ?? []).map(({ name, value }) => [name, value]));
      expect(env, pod).to.deep.equal(wanted);
      const { sources } = volumes.find(({ name }) => name === 'runclose-secrets')!['projected'] as {
        sources: { secret: { items: { key: string }[] } }[];
      };
      expect(
        sources.flatMap(({ secret }) => secret.items.map(({ key }) => key)),
        pod,
      ).to.have.members(secrets);
    }
  });

  it('on commands: the code asks for the settings that are known here, and the chart leaves out all others', () => {
    for (const [command, parts] of Object.entries(PARTS_OF)) {
      const unread = everySetting.filter((it) => !variablesOf(parts).includes(it));
      expect(settingsUnreadBy[command], command).to.have.members(unread);
    }
  });

  it('on paths: probes, Prometheus and `helm test` request pages that exist', async () => {
    const manifests = await chart.render({ ...MINIMAL, serviceMonitor: { enabled: true } });
    const { container } = serveIn(manifests);
    const monitor = theOne(manifests, 'ServiceMonitor').spec as { endpoints: { path: string }[] };
    const paths = [
      container.startupProbe!.httpGet.path,
      container.livenessProbe!.httpGet.path,
      container.readinessProbe!.httpGet.path,
      monitor.endpoints[0]!.path,
    ];
    expect(new Set(paths)).to.have.property('size', 3);
    for (const path of paths)
      expect(await fetch(`http://127.0.0.1:${http.port}${path}`), path).to.have.property('status', 200);
  });

  it('on readiness: the test of the release passes if an instance is ready, and fails if none is', async () => {
    const manifests = await chart.render({ ...MINIMAL, tests: { timeoutSeconds: 0 } });
    const { command = [] } = podsIn([theOne(manifests, 'Pod')])[0]![1].initContainers![0]!;
    expect(command[0]).to.equal('node');
    const ask = ({ port }: HttpServer): Promise<{ readonly stdout: string }> => {
      const address = `http://127.0.0.1:${String(port)}`;
      const args = command.slice(1).map((it) => it.replace('http://demo-runclose:8080', address));
      return promisify(execFile)(process.execPath, args);
    };
    expect((await ask(http)).stdout).to.contain('standing by');

    const failing = await startAnswering(FAILING);
    try {
      const refusal: unknown = await ask(failing).catch((error: unknown) => error);
      expect(refusal).to.include({ code: 1 });
      expect(refusal).to.have.property('stdout').that.contains('away');
    } finally {
      await failing.close();
    }
  });

  it('on commands: each that a pod runs exists', async () => {
    const commands = await declaredCommands();
    const manifests = await chart.render({ ...MINIMAL, verify: { enabled: true } });
    const run = podsIn(manifests).flatMap(([, { containers }]) =>
      containers.map(({ args = [] }) => args.filter((it) => !it.startsWith('-')).join(' ')),
    );
    expect(run).to.have.members(['serve', 'setup', 'purge', 'replay verify', 'status']);
    expect([...commands.keys()]).to.include.members(run);
  });

  it('on rights: purge owns the tables, and reads Kafka with the rights of serve', async () => {
    const manifests = await chart.render(SWITCHES['secured']!);
    const secretsOf = (kind: string): unknown => {
      const pods = podsIn(manifests.filter((it) => `${it.kind} ${it.metadata.name}` === kind));
      const volume = pods[0]![1].volumes!.find(({ name }) => name === 'runclose-secrets');
      const { sources } = volume!['projected'] as {
        sources: { secret?: { name: string; items: object[] } }[];
      };
      return sources.flatMap(({ secret }) => (secret === undefined ? [] : [secret.name]));
    };
    expect(secretsOf('CronJob demo-runclose-purge')).to.deep.equal(['runclose-owner', 'runclose-serve']);
    expect(secretsOf('Job demo-runclose-setup')).to.deep.equal(['runclose-owner', 'runclose-owner']);
    expect(secretsOf('Deployment demo-runclose')).to.deep.equal(['runclose-serve', 'runclose-serve']);
  });

  it('on workers: one for each whole core of the CPU limit of serve, unless set', async () => {
    const workersOf = async (cpu: unknown, set?: string): Promise<number> => {
      const manifests = await chart.render({
        ...MINIMAL,
        config: { ...MINIMAL.config, ...(set !== undefined && { SERVE_WORKERS: set }) },
        resources: { limits: { cpu } },
      });
      return loadConfig(environmentOf(serveIn(manifests).container)).serve.workers;
    };
    expect(
      await Promise.all([null, '500m', 1, '1500m', '2', '2.5', 3, '4000m'].map((it) => workersOf(it))),
    ).to.deep.equal([1, 1, 1, 1, 2, 2, 3, 4]);
    expect(await workersOf('4', '1')).to.equal(1);
  });

  it('on topic and group: KEDA measures the lag of serve', async () => {
    const manifests = await chart.render(SWITCHES['keda']!);
    const config = loadConfig(environmentOf(serveIn(manifests).container));
    const { maxReplicaCount, triggers } = theOne(manifests, 'ScaledObject').spec as {
      maxReplicaCount: number;
      triggers: { metadata: Record<string, string> }[];
    };
    expect(maxReplicaCount).to.be.at.most(config.topics.partitions);
    expect(triggers[0]!.metadata).to.include({
      topic: topicNames(config.topics.prefix).requested,
      consumerGroup: config.kafka.groupId,
      bootstrapServers: config.kafka.brokers.join(','),
    });
  });
});
