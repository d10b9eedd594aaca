import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { type Value, valuesIn } from '../../../scripts/generate/chart-values.ts';
import { chartFolder, openChart, type Chart, type Values } from '../../support/chart/render.ts';
import { MINIMAL, SWITCHES } from '../../support/chart/switches.ts';

const withChildren = (value: Value): readonly Value[] => [
  value,
  ...(value.children ?? []).flatMap(withChildren),
];

const everyValue = valuesIn(readFileSync(join(chartFolder, 'values.yaml'), 'utf8')).flatMap(withChildren);

const isEmpty = ({ value, children }: Value): boolean =>
  children === undefined && ['null', '""', '[]', '{}'].includes(JSON.stringify(value));

type Tree = { [name: string]: unknown };

/** A copy in which these values are null. */
const without = (values: Values, nulls: readonly Value[]): Values => {
  const copy = structuredClone(values) as Tree;
  for (const { path } of nulls) {
    const names = path.split('.');
    const last = names.pop()!;
    let at = copy;
    for (const name of names) at = (at[name] ??= {}) as Tree;
    at[last] = null;
  }
  return copy;
};

const depthOf = ({ path }: Value): number => path.split('.').length;

const isGiven = ({ path }: Value): boolean =>
  ['config', 'secrets', ...Object.keys(MINIMAL.config).map((name) => `config.${name}`)].includes(path);

/** If a file of values comments out all keys below one, that one is null, and Helm removes it with its defaults. */
describe('A value of the chart that is null', function () {
  this.timeout(300_000);

  let chart: Chart;
  before(async () => (chart = await openChart()));

  const complaintAbout = (values: Values): Promise<string> =>
    chart.render(values).then(
      () => 'nothing',
      (error: unknown) => String(error),
    );

  it('counts as not given if it is empty by default', async () => {
    const empty = everyValue.filter((it) => isEmpty(it) && !isGiven(it));
    expect(empty.map(({ path }) => path)).to.include.members([
      'operator.secrets',
      'owner.config',
      'extraEnv',
    ]);
    const everything = { ...MINIMAL, serviceMonitor: { enabled: true }, verify: { enabled: true } };
    expect(await chart.render(without(everything, empty))).to.deep.equal(await chart.render(everything));
  });

  it('is otherwise left out, or refused by its name, and never ends in an error of Helm’s own', async () => {
    const others = everyValue.filter((it) => !isEmpty(it) && !isGiven(it));
    const refused = others.filter(({ path }) => !LEFT_OUT.test(path));
    expect(refused).to.have.length.above(50);
    for (const depth of [1, 2, 3]) {
      const nulls = refused.filter((it) => depthOf(it) === depth);
      const complaint = await complaintAbout(without(MINIMAL, nulls));
      for (const { path } of nulls) {
        const names = path.split('.');
        const [last, above] = [names.pop()!, names.map((it) => `/${it}`).join('')];
        expect(complaint, path).to.match(new RegExp(`at '${above}': missing propert.*'${last}'`));
      }
    }
    const leftOut = others.filter(({ path }) => LEFT_OUT.test(path));
    for (const autoscaler of ['keda', 'autoscaling'])
      expect(await chart.render(without(SWITCHES[autoscaler]!, leftOut))).not.to.be.empty;
  });

  it('is refused by its name if something is needed from it', async () => {
    expect(await complaintAbout({ ...MINIMAL, config: null })).to.contain('set config.KAFKA_BROKERS');
    expect(await complaintAbout({ ...MINIMAL, secrets: null })).to.contain('set secrets.DATABASE_URL');
  });
});

const LEFT_OUT =
  /(^|\.)(nodeOptions|resources|livenessProbe|readinessProbe|podSecurityContext|securityContext|behavior|targetCPUUtilizationPercentage)$/;
