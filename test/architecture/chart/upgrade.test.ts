import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { root } from '../../../scripts/stack/folders.ts';
import { chartFolder, openChart, podsIn } from '../../support/chart/render.ts';
import type { Chart, Manifest, Values } from '../../support/chart/render.ts';
import { MINIMAL, SWITCHES } from '../../support/chart/switches.ts';

const LABELS = { 'app.kubernetes.io/name': 'runclose', 'app.kubernetes.io/instance': 'demo' };
const SERVE = { ...LABELS, 'app.kubernetes.io/component': 'serve' };

/**
 * As the first chart made them. Kubernetes refuses another selector, and an object under another name is a second one beside the first: an
 * upgrade that needs either has to say so in docs/upgrade.md, as a new major version.
 */
const SINCE_0_1_0: Readonly<Record<string, unknown>> = {
  'Deployment demo-runclose': { matchLabels: SERVE },
  'Service demo-runclose': SERVE,
  'PodDisruptionBudget demo-runclose': { matchLabels: SERVE },
  'CronJob demo-runclose-purge': undefined,
  'CronJob demo-runclose-verify': undefined,
  'ServiceAccount demo-runclose': undefined,
  'ServiceAccount demo-runclose-owner': undefined,
  'ServiceAccount demo-runclose-operator': undefined,
  'ServiceMonitor demo-runclose': { matchLabels: SERVE },
  'NetworkPolicy demo-runclose': undefined,
};

/** Of hooks, each run makes a new object. */
const isHook = ({ metadata }: Manifest): boolean => metadata.annotations?.['helm.sh/hook'] !== undefined;

const selectorOf = ({ spec }: Manifest): unknown => (spec as { selector?: unknown } | undefined)?.selector;

describe('An upgrade of the chart', function () {
  this.timeout(300_000);

  let chart: Chart;
  before(async () => (chart = await openChart()));

  const kept = async (values: Values): Promise<Record<string, unknown>> =>
    Object.fromEntries(
      (await chart.render(values))
        .filter((it) => !isHook(it))
        .map((it) => [`${it.kind} ${it.metadata.name}`, selectorOf(it)]),
    );

  it('keeps every name and selector', async () => {
    const { 'network-policy': policy, 'service-monitor': monitor } = SWITCHES;
    expect(await kept({ ...policy, ...monitor, verify: { enabled: true } })).to.deep.equal(SINCE_0_1_0);
  });

  it('keeps the selector if labels, version, image and command change', async () => {
    for (const values of Object.values(SWITCHES)) {
      const selectors = await kept(values);
      expect(selectors['Deployment demo-runclose']).to.deep.equal({ matchLabels: SERVE });
      expect(selectors['Service demo-runclose']).to.deep.equal(SERVE);
    }
  });

  it('runs setup before anything else changes, and never leaves its own account and policy behind', async () => {
    const hooks = (await chart.render({ ...SWITCHES['network-policy'] })).filter(isHook);
    const facts = hooks.map(({ kind, metadata: { name, annotations = {} } }) => [
      `${kind} ${name}`,
      annotations['helm.sh/hook'],
      Number(annotations['helm.sh/hook-weight'] ?? 0),
      annotations['helm.sh/hook-delete-policy'],
    ]);
    const during = 'before-hook-creation,hook-succeeded';
    expect(facts).to.have.deep.members([
      ['ServiceAccount demo-runclose-setup', 'pre-install,pre-upgrade', -10, during],
      ['NetworkPolicy demo-runclose-setup', 'pre-install,pre-upgrade', -10, during],
      ['Job demo-runclose-setup', 'pre-install,pre-upgrade', 0, 'before-hook-creation'],
      ['Pod demo-runclose-test', 'test', 0, 'before-hook-creation'],
    ]);
  });

  it('does not restart pods for a new version of the chart alone', async () => {
    const { version } = parse(readFileSync(join(chartFolder, 'Chart.yaml'), 'utf8')) as { version: string };
    const manifests = await chart.render({ ...MINIMAL, image: { tag: 'kept' } });
    const deployment = manifests.find(({ kind }) => kind === 'Deployment')!;
    const { template } = deployment.spec as { template: object };
    expect(JSON.stringify(deployment)).to.contain(version);
    expect(JSON.stringify(template)).not.to.contain(version);
  });

  it('has names that every kind allows, for any name of the release', async () => {
    const names = [
      'coffee-runs-of-the-whole-company-in-every-building',
      'coffee-runs-of-the-whole-company-in-every-country',
    ];
    const made = await Promise.all(
      names.map(async (fullnameOverride) =>
        (await chart.render({ ...MINIMAL, fullnameOverride })).map(({ metadata }) => metadata.name),
      ),
    );
    for (const name of made.flat()) expect(name).to.match(/^[a-z][-a-z0-9]{0,50}[a-z0-9]$/);
    expect(made[0]).not.to.have.any.members(made[1]!);
  });

  it('ends with the next steps', async () => {
    const notes = await chart.notes({ ...MINIMAL, purge: { enabled: false } });
    for (const part of [
      'kubectl --namespace coffee logs job/demo-runclose-setup',
      'kubectl --namespace coffee rollout status deployment/demo-runclose',
      'helm --namespace coffee test demo --logs',
      '`purge.enabled` is false',
      'http://demo-runclose.coffee:8080/metrics',
    ])
      expect(notes).to.contain(part);
    expect(await chart.notes({ ...MINIMAL, purge: { suspend: true } })).to.contain('`purge.suspend` is true');
    expect(await chart.notes({ ...MINIMAL, setup: { enabled: false } })).to.contain(
      'Run `runclose setup` of this version',
    );
  });

  it('accepts the values in its README and the documents', async () => {
    for (const file of ['helm/runclose/README.md', 'docs/deploy.md']) {
      const [, values = ''] = /```yaml\n(.*?)```/s.exec(readFileSync(join(root, file), 'utf8')) ?? [];
      expect(podsIn(await chart.render(parse(values) as Values)), file).not.to.be.empty;
    }
  });
});
