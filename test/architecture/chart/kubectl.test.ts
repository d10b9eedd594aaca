import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { ALERTS } from '../../../scripts/generate/alerts.ts';
import { root } from '../../../scripts/stack/folders.ts';
import { type Manifest, openChart, podsIn } from '../../support/chart/render.ts';
import { MINIMAL } from '../../support/chart/switches.ts';

/** The pages name the objects of a release with this name. */
const RELEASE = 'runclose';

const ALERT_TEXTS = ALERTS.map(({ description }) =>
  description.replaceAll('{{ $labels.cronjob }}', `${RELEASE}-purge`),
);

const commandsIn = (text: string): readonly string[] =>
  [...text.matchAll(/kubectl (?!exec`)[^`'#\n]+/g)].map(([command]) => command.trim());

describe('Each kubectl command of the pages and alerts', function () {
  this.timeout(120_000);
  let manifests: readonly Manifest[];
  let commands: readonly string[];

  before(async () => {
    const chart = await openChart();
    manifests = await chart.render({
      ...MINIMAL,
      fullnameOverride: RELEASE,
      keda: { enabled: true },
      verify: { enabled: true },
    });
    const pages = readdirSync(join(root, 'docs'))
      .filter((it) => it.endsWith('.md'))
      .map((it) => readFileSync(join(root, 'docs', it), 'utf8').replaceAll('\\\n', ' '));
    commands = [...pages, ...ALERT_TEXTS].flatMap(commandsIn);
    expect(commands.length).to.be.above(10);
  });

  it('names objects that the chart creates', () => {
    const created = manifests.map(({ kind, metadata }) => `${kind.toLowerCase()}/${metadata.name}`);
    const named = commands.flatMap((command) =>
      [...command.matchAll(/\b(deployment|job|cronjob|scaledobject)\/([a-z-]+)/g)].map(([object]) => object),
    );
    expect(named).to.include.members(['deployment/runclose', 'job/runclose-setup', 'cronjob/runclose-purge']);
    expect(named.filter((it) => !created.includes(it))).to.deep.equal([]);
  });

  it('names containers of the pods of `serve`', () => {
    const [, pod] = podsIn(manifests).find(([name]) => name.startsWith('Deployment '))!;
    const containers = pod.containers.map(({ name }) => name);
    const named = commands.flatMap((command) =>
      [...command.matchAll(/--container (\S+)/g)].map(([, name]) => name),
    );
    expect(named).to.include('serve');
    expect(named.filter((it) => !containers.includes(it ?? ''))).to.deep.equal([]);
  });

  it('names the namespace, so that none acts on another installation', () => {
    const others = commands.filter((it) => !/ --namespace |^kubectl create namespace /.test(it));
    expect(others).to.deep.equal([]);
  });

  it('runs the program of the image', () => {
    const [, entry] =
      /^ENTRYPOINT \["node", "([^"]+)"\]/m.exec(readFileSync(join(root, 'Dockerfile'), 'utf8')) ?? [];
    const programs = commands.flatMap((it) => [...it.matchAll(/ -- node (\S+)/g)].map(([, file]) => file));
    expect(new Set(programs)).to.deep.equal(new Set([entry]));
  });
});
