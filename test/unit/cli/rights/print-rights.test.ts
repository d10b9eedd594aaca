import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { parseAllDocuments } from 'yaml';
import { PRINCIPAL_ROLES, type Resource, type Right, rightsOf } from '../../../../src/kafka/rights/rights.ts';
import { runcloseHere } from '../../../support/command-line.ts';

describe('The rights that setup prints', () => {
  const print = async (args: readonly string[], env: Record<string, string> = {}): Promise<string[]> => {
    const { exitCode, stdout, stderr } = await runcloseHere(['setup', '--print-rights', ...args], { env });
    expect(exitCode, stderr).to.equal(0);
    return stdout.split('\n');
  };

  it('are commands for given principals, prefix and group, and need no server', async () => {
    const lines = await print(
      ['kafka-acls', '--principal', 'processor=CN=run close,O=Acme', '--principal', 'downstream=notifier'],
      { TOPIC_PREFIX: 'staging.', KAFKA_GROUP_ID: 'blue' },
    );
    const of = (principal: string) =>
      lines
        .filter((line) => line.includes(`--allow-principal ${principal} `))
        .map((line) => line.slice(line.indexOf('--operation')));
    expect(of("'User:CN=run close,O=Acme'")).to.deep.equal([
      '--operation Read --topic staging.run.close.requested',
      '--operation Read --operation Write --topic staging.run.closed',
      '--operation Read --operation Write --topic staging.run.summary',
      '--operation Read --operation Write --topic staging.run.close.rejected',
      '--operation Read --operation Write --topic staging.run.close.requested.dlq',
      '--operation Read --group blue',
      '--operation Write --resource-pattern-type prefixed --transactional-id blue.staging.run.close.requested.',
    ]);
    expect(of('User:notifier')).to.deep.equal([
      '--operation Read --topic staging.run.closed',
      '--operation Read --topic staging.run.summary',
      '--operation Read --group notifier',
    ]);
  });

  it('let nobody but the processor write its outputs', () => {
    const deployment = {
      prefix: '',
      groupId: 'runclose',
      subscriberGroups: { upstream: 'up', downstream: 'down' },
    };
    const writers = PRINCIPAL_ROLES.filter((role) =>
      rightsOf(role, deployment).some(
        ({ resource, operations }) =>
          resource.type === 'topic' &&
          resource.name !== 'run.close.requested' &&
          operations.includes('WRITE'),
      ),
    );
    expect(writers).to.deep.equal(['processor']);
  });

  it('are resources of Strimzi, with names that Kubernetes accepts for topics', async () => {
    const lines = await print(['strimzi'], { TOPIC_PREFIX: 'Team_A.', TOPIC_REPLICATION_FACTOR: '3' });
    const users = lines.filter((line) => line === 'kind: KafkaUser');
    expect(users).to.have.length(PRINCIPAL_ROLES.length);
    // Strimzi 1.0 knows no other version.
    expect(new Set(lines.filter((line) => line.startsWith('apiVersion:')))).to.deep.equal(
      new Set(['apiVersion: kafka.strimzi.io/v1 # before Strimzi 0.49: v1beta2']),
    );
    const topic = lines.indexOf('  topicName: "Team_A.run.close.requested"');
    expect(lines.slice(topic - 6, topic + 8)).to.deep.equal([
      'kind: KafkaTopic',
      'metadata:',
      '  name: "team-a.run.close.requested"',
      '  labels:',
      '    strimzi.io/cluster: my-cluster # the name of your Kafka resource',
      'spec:',
      '  topicName: "Team_A.run.close.requested"',
      '  partitions: 6',
      '  replicas: 3',
      '  config:',
      '    cleanup.policy: "delete"',
      '    retention.ms: "2592000000"',
      '    max.message.bytes: "1048576"',
      '    message.timestamp.type: "LogAppendTime"',
    ]);
  });

  it('are statements that accept any name of a login', async () => {
    const sql = (await print(['sql', '--principal', `owner=o"w'ner`])).join('\n');
    expect(sql).to.include('GRANT runclose_processor TO "o""w\'ner";');
    expect(sql).to.include(`current_database(), 'o"w''ner');`);
  });

  it('are the rights of the named principals, and by default of every part', async () => {
    const [some, all] = [['--principal', 'processor=app', '--principal', 'reader=look'], []].map((args) =>
      print(args).then((lines) => lines.join('\n')),
    );
    expect(await some)
      .to.include('User:app')
      .and.include('TO "look";');
    expect(await some).not.to.match(/(User:|["'])(owner|operator|upstream|downstream)/);
    expect(await all)
      .to.include('User:owner')
      .and.include('TO "reader";');
  });

  it('are statements whose quotes no name ends', async () => {
    const sql = (await print(['sql', '--principal', 'owner=a$$; DROP ROLE x; --$rights1$'])).join('\n');
    const [, quote = ''] = /^DO (\S+) BEGIN\n {2}EXECUTE/m.exec(sql) ?? [];
    const [, body] = sql.split(`DO ${quote} BEGIN`);
    expect(body?.slice(0, body.indexOf(quote))).to.match(/'a\$\$; DROP ROLE x; --\$rights1\$'[^]*\nEND $/);
  });

  it('are one resource of Strimzi for a user who plays several parts', async () => {
    const lines = await print([
      'strimzi',
      ...['processor=app', 'operator=App', 'upstream=шах'].flatMap((it) => ['--principal', it]),
    ]);
    const users = lines.join('\n').split('kind: KafkaUser').slice(1);
    const names = users.map((user) => /name: "(.*)"/.exec(user)?.[1]);
    expect(names).to.deep.equal(['app', 'upstream']);
    expect(users[0]).to.include('name: "runclose"').and.to.include('name: "runclose.redrive"');
    expect(lines).to.include(
      '# Kubernetes does not take the name "шах". In Kafka, too, this user is called upstream.',
    );
  });

  it('name any group and any user that is accepted, for the shell and in YAML', async () => {
    const [group, user] = [`-a'"$(id)\`;&|\\#{}[]!:,`, `CN=o'brien "x" $HOME \`id\` \\, O=a: b # c`];
    const args = ['--principal', `processor=${user}`];
    const script = (await print(['kafka-acls', ...args], { KAFKA_GROUP_ID: group })).join('\n');
    const words = execFileSync('sh', ['-s'], {
      input: script.replaceAll(/^kafka-acls /gm, `printf '%s\\n' `),
      encoding: 'utf8',
    }).split('\n');
    expect(words.filter((_, index) => words[index - 1] === '--group')).to.deep.equal([group]);
    expect(new Set(words.filter((_, index) => words[index - 1] === '--allow-principal'))).to.deep.equal(
      new Set([`User:${user}`]),
    );
    const yaml = (await print(['strimzi', ...args], { KAFKA_GROUP_ID: group })).join('\n');
    const [resource] = parseAllDocuments(yaml).map((each) => each.toJS() as KafkaUser);
    expect(resource?.spec.authorization.acls.map((acl) => acl.resource.name)).to.include(group);
  });

  it('come in all formats unless one is named, as JSON too', async () => {
    const lines = (await print(['--json'])).filter((line) => line !== '');
    const formats = lines.map((line) => (JSON.parse(line) as { format: string }).format);
    expect(formats).to.deep.equal(['kafka-acls', 'strimzi', 'sql']);
  });

  it('refuse a principal of no known part, and principals without the rights', async () => {
    const unknown = await runcloseHere(['setup', '--print-rights', '--principal', 'boss=me']);
    expect(unknown).to.include({ exitCode: 64 });
    expect(unknown.stderr).to.include('owner, processor, upstream, downstream, operator, reader');
    const everybody = await runcloseHere(['setup', '--print-rights', '--principal', 'processor=*']);
    expect(everybody).to.include({ exitCode: 64 });
    const invisible = await runcloseHere(['setup', '--print-rights', '--principal', 'processor=a\u2028b']);
    expect(invisible).to.include({ exitCode: 64 });
    const alone = await runcloseHere(['setup', '--principal', 'owner=me']);
    expect(alone).to.include({ exitCode: 64 });
    expect(alone.stderr).to.include('--principal needs --print-rights');
  });

  it('are those that the documents list', () => {
    const documents = readFileSync(new URL('../../../../docs/operating.md', import.meta.url), 'utf8')
      // Prettier pads the columns of tables.
      .replaceAll(/ +\|/g, ' |');
    for (const role of PRINCIPAL_ROLES)
      expect(documents).to.include(`| \`${role}\` | ${cellOf(rightsOf(role, DOCUMENTED))} |`);
  });
});

type KafkaUser = { spec: { authorization: { acls: { resource: { name: string } }[] } } };

const DOCUMENTED = {
  prefix: '',
  groupId: '<group>',
  subscriberGroups: { upstream: '<its own group>', downstream: '<its own group>' },
};

/** `READ` on `run.closed`, `run.summary`; … */
const cellOf = (rights: readonly Right[]): string => {
  const byOperations = new Map<string, string[]>();
  for (const { resource, operations } of rights) {
    const key = operations.map((operation) => `\`${operation}\``).join(', ');
    byOperations.set(key, [...(byOperations.get(key) ?? []), wordsFor(resource)]);
  }
  return [...byOperations].map(([operations, on]) => `${operations} on ${on.join(', ')}`).join('; ');
};

const wordsFor = (resource: Resource): string => {
  switch (resource.type) {
    case 'cluster':
      return 'the cluster';
    case 'topic':
      return `\`${resource.name}\``;
    case 'group':
      return `group \`${resource.name}${resource.pattern === 'prefixed' ? '*' : ''}\``;
    case 'transactional-id':
      return `transactional ids \`${resource.name}*\``;
  }
};
