import { expect } from 'chai';
import { type PrincipalRole, type Right, rightsOf } from '../../../src/kafka/rights/rights.ts';
import { until } from '../../support/condition.ts';
import { jsonLines } from '../../support/json-lines.ts';
import { runRunclose } from '../../support/runclose-process.ts';
import { findSecuredStack, type SecuredDeployment, type SecuredStack } from '../../support/secured-stack.ts';
import { followServe, startProcess } from '../../support/serve-process.ts';

const COMMAND = JSON.stringify({
  commandId: 'first',
  runId: 'R1',
  channelId: 'C1',
  initiatorUserId: 'U1',
  actorUserId: 'U1',
  orders: [{ orderId: 'O1', userId: 'U1', displayName: 'Ines', text: 'chai', submittedAt: 0 }],
});

const SECOND = COMMAND.replace('first', 'second');

const THIRD = COMMAND.replace('first', 'third');

const WRONG_CONFIGURATION = 78;

describe('A missing right in Kafka', function () {
  this.timeout(240_000);
  let stack: SecuredStack;
  let deployment: SecuredDeployment;

  before(async () => {
    stack = findSecuredStack();
    deployment = await stack.createDeployment();
    const { code, stderr } = await runRunclose(['setup'], deployment.envOf('owner'));
    expect(code, stderr).to.equal(0);
  });

  after(() => deployment.remove());

  const without = async (
    role: PrincipalRole,
    isTaken: (right: Right) => boolean,
    work: () => Promise<void>,
  ): Promise<void> => {
    const taken = new Map([[role, rightsOf(role, deployment.rights).filter(isTaken)]]);
    await stack.revoke(taken);
    try {
      await work();
    } finally {
      await stack.grant(taken);
    }
  };

  const onTopic =
    (topic: string) =>
    ({ resource }: Right): boolean =>
      resource.type === 'topic' && resource.name === topic;
  const onGroup = ({ resource }: Right): boolean =>
    resource.type === 'group' && resource.name === deployment.rights.groupId;

  const refused = async (
    role: PrincipalRole,
    args: readonly string[],
    isTaken: (right: Right) => boolean,
    stdin = '',
  ): Promise<string> => {
    let said = '';
    await without(role, isTaken, async () => {
      const { code, stderr } = await runRunclose(args, deployment.envOf(role), stdin);
      expect(code, stderr).to.equal(WRONG_CONFIGURATION);
      said = stderr;
    });
    return said;
  };

  it('stops serve at its start, which names every missing right and how to grant it', async () => {
    const { closed, requested } = deployment.names;
    const { groupId } = deployment.rights;
    const said = await refused(
      'processor',
      ['serve'],
      (right) => right.resource.type === 'transactional-id' || onGroup(right) || onTopic(closed)(right),
    );
    expect(said).to.include(
      `needs READ and WRITE on topic ${closed}, READ on group ${groupId}, WRITE on transactional ids that begin with ${groupId}.${requested}.`,
    );
    expect(said).to.include(
      `--allow-principal User:processor --operation Write --resource-pattern-type prefixed --transactional-id ${groupId}.${requested}.`,
    );
  });

  it('is a fault that doctor names with the command that grants it; with every right, doctor finds none', async () => {
    const { closed, requested } = deployment.names;
    const isTaken = (right: Right): boolean =>
      right.resource.type === 'transactional-id' || onTopic(closed)(right);
    const commands: string[] = [];
    await without('processor', isTaken, async () => {
      const { code, stdout, stderr } = await runRunclose(['doctor', '--json'], deployment.envOf('processor'));
      expect(code, stderr).to.equal(2);
      const findings = jsonLines<{ code: string | null; command: string }>(stdout);
      commands.push(...findings.flatMap((it) => (it.code === 'kafka-right-missing' ? [it.command] : [])));
    });
    expect(commands.map((command) => command.replace(/^\S+ --bootstrap-server \S+ /, ''))).to.deep.equal([
      `--add --allow-principal User:processor --operation Read --operation Write --topic ${closed}`,
      `--add --allow-principal User:processor --operation Write --resource-pattern-type prefixed --transactional-id ${deployment.rights.groupId}.${requested}.`,
    ]);
    for (const role of ['processor', 'operator', 'owner'] as const) {
      const { code, stdout } = await runRunclose(['doctor', '--role', role], deployment.envOf(role));
      expect(code, `${role}: ${stdout}`).to.equal(0);
    }
  });

  it('is named when a command meets it', async () => {
    const { requested, summary } = deployment.names;
    const { groupId } = deployment.rights;
    expect(await refused('upstream', ['request', '-'], onTopic(requested), COMMAND)).to.include(
      `needs WRITE on topic ${requested}; an administrator grants it with: kafka-acls --add --allow-principal User:upstream`,
    );
    expect(await refused('operator', ['status'], onGroup)).to.include(`needs DESCRIBE on group ${groupId}`);
    expect(await refused('downstream', ['tail', 'run.summary', '--until-end'], onTopic(summary))).to.include(
      `needs READ on topic ${summary}`,
    );
    const published = await runRunclose(['request', '-'], deployment.envOf('owner'), COMMAND);
    expect(published.stderr).to.include(`needs WRITE on topic ${requested}`);
  });

  it('of a look-up names all topics at once, with the right that the command needs', async () => {
    const { requested, closed } = deployment.names;
    const both = (right: Right): boolean => onTopic(requested)(right) || onTopic(closed)(right);
    const said = await refused('operator', ['status'], both);
    expect(said).to.include(`needs READ on topic ${requested}, READ on topic ${closed};`);
  });

  it('stops setup, which names every missing right at once, of topics that exist and of others', async () => {
    const { requested } = deployment.names;
    expect(await refused('owner', ['setup'], onTopic(requested))).to.include(
      `needs CREATE and DESCRIBE and ALTER and ALTER_CONFIGS on topic ${requested};`,
    );
    const other = await stack.createDeployment();
    try {
      const { closed, summary } = other.names;
      const create = [closed, summary].map((name): Right => ({
        resource: { type: 'topic', name },
        operations: ['CREATE'],
      }));
      await stack.revoke(new Map([['owner', create]]));
      const { code, stderr } = await runRunclose(['setup'], other.envOf('owner'));
      expect(code, stderr).to.equal(WRONG_CONFIGURATION);
      expect(stderr).to.include(`needs CREATE on topic ${closed}, CREATE on topic ${summary};`);
    } finally {
      await other.remove();
    }
  });

  it('may be a prefix or a group that nobody set, and the message says so', async () => {
    for (const variable of ['TOPIC_PREFIX', 'KAFKA_GROUP_ID']) {
      const { code, stderr } = await runRunclose(['status'], {
        ...deployment.envOf('operator'),
        [variable]: 'of-nobody.',
      });
      expect(code, stderr).to.equal(WRONG_CONFIGURATION);
      expect(stderr).to.include('of-nobody.').and.to.include('set TOPIC_PREFIX and KAFKA_GROUP_ID');
    }
  });

  it('is not granted to a principal that does not need it', async () => {
    const { requested, closed, summary } = deployment.names;
    const downstream = deployment.envOf('downstream');
    const request = await runRunclose(['request', '-'], downstream, COMMAND);
    expect(request, request.stderr).to.include({ code: WRONG_CONFIGURATION });
    expect(request.stderr).to.include(`on topic ${requested}`);
    const { DATABASE_URL = '' } = deployment.envOf('owner');
    const setup = await runRunclose(['setup'], { ...deployment.envOf('processor'), DATABASE_URL });
    expect(setup, setup.stderr).to.include({ code: WRONG_CONFIGURATION });
    expect(setup.stderr).to.include(
      `ALTER and ALTER_CONFIGS on topic ${requested}, DESCRIBE_CONFIGS on the cluster; `,
    );
    const serve = await runRunclose(['serve'], deployment.envOf('operator'));
    expect(serve, serve.stderr).to.include({ code: WRONG_CONFIGURATION });
    expect(serve.stderr).to.include(`needs WRITE on topic ${closed}, `);
    expect(serve.stderr).to.include(
      ` READ on group ${deployment.rights.groupId}, WRITE on transactional ids`,
    );
    const tail = await runRunclose(['tail', '--until-end'], downstream);
    expect(tail, tail.stderr).to.include({ code: WRONG_CONFIGURATION });
    expect(tail.stderr).to.include(`To follow the allowed topics: runclose tail ${closed} ${summary}`);
  });

  it('is waited for while serving, and heals when it is granted again', async () => {
    const { closed } = deployment.names;
    const serving = await followServe(startProcess(['serve'], deployment.envOf('processor'))).ready;
    try {
      await without('processor', onTopic(closed), async () => {
        const { code, stderr } = await runRunclose(['request', '-'], deployment.envOf('upstream'), COMMAND);
        expect(code, stderr).to.equal(0);
        await until(
          'serve names the right',
          () => serving.log.some((line) => JSON.stringify(line).includes(`on topic ${closed}`)),
          90_000,
        );
        const { status } = await fetch(`http://127.0.0.1:${serving.httpPort}/health/live`);
        expect(status).to.equal(200);
      });
      const waiting = ['request', '-', '--wait', '--json', '--timeout', '90'];
      const { code, stdout, stderr } = await runRunclose(waiting, deployment.envOf('upstream'), SECOND);
      expect(code, stderr).to.equal(0);
      // The first one has closed the run.
      expect(stdout).to.include('RUN_ALREADY_CLOSED');

      const { groupId } = deployment.rights;
      await without('processor', onGroup, async () => {
        await until(
          'serve names the right to the group',
          () => serving.log.some((line) => JSON.stringify(line).includes(`on group ${groupId}`)),
          90_000,
        );
      });
      // A client that may not look at the processor's group is told all outcomes but duplicates.
      await without('upstream', onGroup, async () => {
        const third = await runRunclose(waiting, deployment.envOf('upstream'), THIRD);
        expect(third.code, third.stderr).to.equal(0);
      });
    } finally {
      serving.signal('SIGTERM');
    }
    expect(await serving.exited).to.equal(0);
  });
});
