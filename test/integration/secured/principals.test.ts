import { expect } from 'chai';
import type { Rights } from '../../../scripts/stack/secured/kafka-grants.ts';
import { sqlAfterSetup } from '../../../src/operations/rights/sql.ts';
import type { Right } from '../../../src/kafka/rights/rights.ts';
import { until } from '../../support/condition.ts';
import { runRunclose } from '../../support/runclose-process.ts';
import { findSecuredStack, type SecuredDeployment, type SecuredStack } from '../../support/secured-stack.ts';
import { followServe, type Serving, startProcess } from '../../support/serve-process.ts';

type Environment = Readonly<Record<string, string>>;

const COMMAND = {
  commandId: 'first',
  runId: 'R1',
  channelId: 'C1',
  initiatorUserId: 'U1',
  actorUserId: 'U1',
  orders: [
    { orderId: 'O1', userId: 'U1', displayName: 'Ines', text: 'chai', submittedAt: '2026-03-02T08:00:00Z' },
  ],
};

describe('On secured servers, with the least rights,', function () {
  this.timeout(180_000);
  let stack: SecuredStack;
  let deployment: SecuredDeployment;
  let serving: Serving;

  const run = async (env: Environment, args: readonly string[], stdin = ''): Promise<string> => {
    const { code, stdout, stderr } = await runRunclose(args, env, stdin);
    expect(code, `${args.join(' ')}: ${stderr}`).to.equal(0);
    return stdout;
  };

  before(async () => {
    stack = findSecuredStack();
    deployment = await stack.createDeployment();
    await run(deployment.envOf('owner'), ['setup']);
    serving = await followServe(startProcess(['serve'], deployment.envOf('processor'))).ready;
  });

  after(async () => {
    serving.signal('SIGTERM');
    expect(await serving.exited).to.equal(0);
    await deployment.remove();
  });

  it('an upstream service publishes commands and waits for their outcomes', async () => {
    const stdout = await run(
      deployment.envOf('upstream'),
      ['request', '-', '--wait', '--json', '--timeout', '60'],
      JSON.stringify(COMMAND),
    );
    expect(JSON.parse(stdout)).to.include({ commandId: 'first', outcome: 'closed' });
  });

  it('an upstream service that does not wait may run the command that it is advised to run', async () => {
    const again = JSON.stringify({ ...COMMAND, commandId: 'second' });
    const { code, stderr } = await runRunclose(['request', '-'], deployment.envOf('upstream'), again);
    expect(code, stderr).to.equal(0);
    const advised = /runclose (tail .*)$/m.exec(stderr)?.[1]?.split(' ') ?? [];
    expect(advised).to.include('run.close.rejected');
    const outcomes = async () => run(deployment.envOf('upstream'), [...advised, '--until-end', '--json']);
    await until('the outcome is there', async () => (await outcomes()).includes('"second"'), 60_000);
  });

  it('a downstream service follows closed runs and summaries', async () => {
    const args = ['tail', 'run.closed', 'run.summary', '--json', '--until-end'];
    const stdout = await run(deployment.envOf('downstream', 'by certificate'), args);
    expect(stdout.trim().split('\n')).to.have.length(2);
  });

  for (const args of [
    ['status'],
    ['tail', '--until-end'],
    ['explain', 'R1', '--channel', 'C1'],
    ['fairness', '--channel', 'C1'],
    ['channel', 'set', 'C1', '--window-runs', '6', '--by', 'operator'],
    ['dlq', 'list'],
    ['dlq', 'redrive', '--yes'],
    ['accept-gap'],
    ['replay', 'verify'],
  ])
    it(`an operator runs \`${args.join(' ')}\``, async () => {
      await run(deployment.envOf('operator'), args);
    });

  it('an operator emits events again, once the target may be written', async () => {
    const { closed } = deployment.names;
    const args = ['replay', 'emit', '--to-topic', closed, '--live', closed, '--id', 'again', '--yes'];
    const refused = await runRunclose(args, deployment.envOf('operator'));
    expect(refused.code).to.equal(78);
    expect(refused.stderr).to.include(`needs WRITE on topic ${closed}`);
    const target: Right = { resource: { type: 'topic', name: closed }, operations: ['WRITE'] };
    const granted: Rights = new Map([['operator', [target]]]);
    await stack.grant(granted);
    try {
      await run(deployment.envOf('operator'), args);
    } finally {
      await stack.revoke(granted);
    }
    const stdout = await run(deployment.envOf('downstream'), ['tail', 'run.closed', '--json', '--until-end']);
    expect(stdout.trim().split('\n')).to.have.length(2);
  });

  it("purge works with the operator's rights in Kafka and the owner's login in the database", async () => {
    const { DATABASE_URL = '' } = deployment.envOf('owner');
    await run({ ...deployment.envOf('operator'), DATABASE_URL }, ['purge', '--yes']);
  });

  it('a processor creates nothing in the database', async () => {
    for (const statement of [
      'CREATE TABLE runclose.made (n int)',
      'CREATE TABLE public.made (n int)',
      'CREATE TEMPORARY TABLE made (n int)',
      'CREATE SCHEMA made',
    ]) {
      const outcome = await stack
        .queryAs('processor', statement, deployment.database)
        .then(() => 'done', String);
      expect(outcome, statement).to.include('permission denied');
    }
  });

  it('a reader looks at the database, and changes nothing', async () => {
    const names = { owner: 'owner', processor: 'processor', operator: 'operator', reader: 'reader' };
    await stack.query(sqlAfterSetup(names).join('\n'), deployment.database);
    const sees = `SELECT count(*) > 0 AS decisions FROM runclose.decision`;
    const asReader = (text: string) => stack.queryAs('reader', text, deployment.database);
    expect(await asReader(sees)).to.deep.equal([{ decisions: true }]);
    const failure = await asReader('DELETE FROM runclose.decision').then(() => 'done', String);
    expect(failure).to.include('permission denied');
  });
});
