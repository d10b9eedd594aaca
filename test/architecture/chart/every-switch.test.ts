import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { stringify } from 'yaml';
import { root } from '../../../scripts/stack/folders.ts';
import { differences } from '../../support/chart/difference.ts';
import { againstRestricted, beyondSchemas, openJudge, type Judge } from '../../support/chart/kubernetes.ts';
import { openChart, podsIn, type Chart, type Manifest } from '../../support/chart/render.ts';
import { MINIMAL, SWITCHES } from '../../support/chart/switches.ts';

const snapshots = join(root, 'test/fixtures/chart');

const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };

/** A new version must not show in every snapshot, and a new metric in none. */
const withoutVersion = (text: string): string =>
  text.replaceAll(version, 'VERSION').replace(/^(\+ data\.runclose\.json: ).*$/m, '$1(files/dashboard.json)');

describe('The chart', function () {
  // Once for all checkouts, Helm and the schemas are fetched.
  this.timeout(300_000);

  let chart: Chart;
  let judge: Judge;
  let minimal: readonly Manifest[];

  before(async () => {
    chart = await openChart();
    judge = await openJudge();
    minimal = await chart.render(MINIMAL);
  });

  for (const [name, values] of Object.entries(SWITCHES)) {
    it(`with ${name} makes the same objects as before, valid for Kubernetes and allowed by \`restricted\``, async () => {
      const manifests = await chart.render(values);

      const made = withoutVersion(
        name === 'minimal'
          ? manifests.map((it) => stringify(it, { lineWidth: 0 })).join('---\n')
          : differences(manifests, minimal),
      );
      const file = join(snapshots, name === 'minimal' ? 'minimal.yaml' : `${name}.txt`);
      if (process.env['UPDATE_SNAPSHOTS']) {
        mkdirSync(dirname(file), { recursive: true });
        writeFileSync(file, made);
      }
      const kept = existsSync(file) ? readFileSync(file, 'utf8') : '';
      expect(made, 'if this is wanted: UPDATE_SNAPSHOTS=1 npx mocha test/architecture/chart').to.equal(kept);

      expect(manifests.flatMap((it) => judge.faultsIn(it))).to.deep.equal([]);
      expect(manifests.flatMap((it) => beyondSchemas(it, it.kind))).to.deep.equal([]);
      const pods = podsIn(manifests);
      expect(pods).not.to.be.empty;
      for (const [pod, spec] of pods) {
        expect(againstRestricted(spec), pod).to.deep.equal([]);
        expect(spec.automountServiceAccountToken, pod).to.equal(false);
      }
    });
  }

  it('keeps names that YAML would take for numbers', async () => {
    const manifests = await chart.render({
      ...MINIMAL,
      priorityClassName: '100',
      serviceAccount: { create: false, name: '007' },
    });
    for (const [pod, spec] of podsIn(manifests)) {
      expect(spec, pod).to.include({ priorityClassName: '100', serviceAccountName: '007' });
    }
    expect(manifests.flatMap((it) => judge.faultsIn(it))).to.deep.equal([]);
  });

  it('writes large numbers in full: KEDA cannot read 5e+06', async () => {
    const keda = { enabled: true, lagThreshold: 5_000_000, activationLagThreshold: 1_234_567 };
    const manifests = await chart.render({ ...MINIMAL, keda, terminationMarginSeconds: 1_000_000 });
    const { triggers } = manifests.find(({ kind }) => kind === 'ScaledObject')!.spec as {
      triggers: { metadata: object }[];
    };
    expect(triggers[0]!.metadata).to.include({
      lagThreshold: '5000000',
      activationLagThreshold: '1234567',
    });
    expect(manifests.flatMap((it) => judge.faultsIn(it))).to.deep.equal([]);
  });

  it('passes Helm’s own strict check', async () => {
    expect(await chart.lint(SWITCHES['secured'] ?? {})).to.contain('0 chart(s) failed');
  });

  it('is checked strictly: a misspelt field, a wrong type and a pod that may be root are found', () => {
    const find = (kind: string): Manifest => structuredClone(minimal.find((it) => it.kind === kind)!);
    const misspelt = find('Deployment');
    Object.assign(misspelt.spec as object, { replica: 1 });
    expect(judge.faultsIn(misspelt).join('\n')).to.match(/1\.29.*replica.*\n.*1\.37.*replica/);
    const wrong = find('PodDisruptionBudget');
    Object.assign(wrong.spec as object, { unhealthyPodEvictionPolicy: 1 });
    expect(judge.faultsIn(wrong)).to.have.length.above(1);
    const twice = find('Deployment');
    podsIn([twice])[0]![1].containers.push({ name: 'serve' });
    expect(beyondSchemas(twice)).to.deep.equal(['.spec.template.spec.containers has a name twice']);
    const scaled: Manifest = {
      apiVersion: 'keda.sh/v1alpha1',
      kind: 'ScaledObject',
      metadata: { name: 'runclose' },
      spec: { scaleTargetRef: { name: 'runclose' }, triggers: [], maxReplicas: 3 },
    };
    expect(judge.faultsIn(scaled).join('\n')).to.contain('maxReplicas');
    const [[, pod] = []] = podsIn(minimal);
    expect(againstRestricted({ ...pod!, securityContext: {} })).to.include('serve may be root');
  });
});
