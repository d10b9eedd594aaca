import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { ZodTypeAny } from 'zod';
import { loadSchemas } from '../../../src/avro/schema-files.ts';
import { JSON_LINES as LINES } from '../../../src/cli/json/lines.ts';
import { aCommand, anOrder } from '../../support/commands.ts';
import { declaredCommands } from '../../support/declared-commands.ts';
import { createDeployment, type Deployment } from '../../support/deployment.ts';
import { jsonLines, type Json } from '../../support/json-lines.ts';
import { runRunclose } from '../../support/runclose-process.ts';

const JSON_LINES: Readonly<Record<string, ZodTypeAny>> = LINES;

/** Objects whose names are not ours: headers of records, codes of differences. */
const NAMED_BY_OTHERS = new Set(['headers', 'counts', 'expected', 'found']);

/** Every name in an object and below, with the object that it stands in. */
function* namesIn(value: unknown): Generator<readonly [string, unknown]> {
  if (Array.isArray(value)) for (const item of value) yield* namesIn(item);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return;
  for (const [name, below] of Object.entries(value)) {
    yield [name, below];
    if (!NAMED_BY_OTHERS.has(name)) yield* namesIn(below);
  }
}

describe('With --json', function () {
  this.timeout(240_000);
  let deployment: Deployment;
  let folder: string;
  /** What each command has printed. */
  const printed = new Map<string, Json[]>();

  const run = async (command: string, args: readonly string[] = [], stdin = '', more = {}): Promise<void> => {
    const { code, stdout, stderr } = await runRunclose(
      [...command.split(' '), ...args, '--json'],
      { ...deployment.env, ...more },
      stdin,
    );
    expect(code, `${command} ${args.join(' ')}: ${stderr}`).to.be.oneOf([0, 1, 2]);
    printed.set(command, [...(printed.get(command) ?? []), ...jsonLines(stdout)]);
  };

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'runclose-test-'));
    deployment = await createDeployment(2);
    const file = (name: string): string => join(folder, name);
    const command = (commandId: string, more: object = {}): string =>
      JSON.stringify(aCommand({ commandId, runId: commandId, ...more }));
    const serving = await deployment.serve();
    await deployment.publish(Buffer.from('garbage'));
    const commands = [
      command('c1'),
      command('c1'),
      command('c2', { runId: 'c1' }),
      command('c3', { initiatorUserId: '' }),
      command('c4', { channelId: 'C2', pickupTime: 0, orders: [anOrder({ slackUserId: 'S1' })] }),
    ].join('\n');
    await run('request', ['-', '--wait'], commands);
    await run('request', ['-'], command('c5'));
    await deployment.settled();
    await run('request', ['-', '--wait', '--timeout', '1'], command('c1'), {
      KAFKA_GROUP_ID: 'nobody-serves-this-group',
    });
    await deployment.settled();
    await run('health', [], '', { HTTP_PORT: String(serving.httpPort) });
    serving.signal('SIGTERM');
    await serving.exited;

    await run('preview', ['-'], `${command('p1')}\n${command('c1')}\n${command('p2', { runId: 'c1' })}`);
    await run('tail', ['--until-end']);
    await run('explain', ['c1', '--channel', 'C1']);
    await run('explain', ['--command', 'c3', '--channel', 'C1']);
    await run('fairness', ['--channel', 'C1']);
    await run('fairness', ['--channel', 'C1', '--next', 'U1,U9']);
    await run('status');
    await run('config');
    await run('channel set', ['C3', '--admin', 'U1', '--reminders', 'false']);
    await run('fairness', ['--channel', 'C3', '--next', 'U1']);
    await run('channel get', ['C3']);
    await run('channel history', ['C3']);
    await run('adopt-cluster');
    await run('doctor');
    await run('dlq list');
    await run('dlq show');
    await run('dlq redrive');
    await run('purge');
    await run('forget', ['--user', 'U2']);
    await run('replay export', [file('all.avro'), '--with-events']);
    await run('replay snapshot', [file('ledgers.avro')]);
    await run('replay what-if', ['--policy', 'least-recent']);
    await run('replay verify', ['--events-only']);
    const target = `${deployment.groupId}.target`;
    await deployment.admin.createTopics({
      topics: [{ topic: target, numPartitions: 2 }],
      waitForLeaders: true,
    });
    await run('replay emit', ['--to-topic', target]);
    await deployment.admin.deleteTopics({ topics: [target] });
    await deployment.database.query(
      `UPDATE runclose.decision SET runner_user_id = 'U9' WHERE command_id = 'c1';
       UPDATE runclose.channel_member SET balance = balance + 1 WHERE channel_id = 'C2'`,
    );
    await run('replay verify');
    await run('replay rebuild', ['--report', file('report.ndjson')]);
    await run('replay rebuild', ['--drop', '--report', file('none.ndjson')]);
    printed.set('report', jsonLines(await readFile(file('report.ndjson'), 'utf8')));

    await deployment.publish(Buffer.from('lost'), Buffer.from('lost'));
    const input = await deployment.read(deployment.names.requested);
    const lost = input.find(({ value }) => value?.toString() === 'lost');
    if (lost !== undefined) await run('skip', [`${lost.topic}/${lost.partition}@${lost.offset}`]);
    const offsets = await deployment.admin.fetchTopicOffsets(deployment.names.requested);
    await deployment.admin.deleteTopicRecords({
      topic: deployment.names.requested,
      partitions: offsets.map(({ partition, high }) => ({ partition, offset: high })),
    });
    await run('accept-gap');
    await run('setup', ['--repartition'], '', { TOPIC_PARTITIONS: '3' });
    await deployment.admin.deleteTopics({ topics: Object.values(deployment.names) });
    await deployment.runclose('setup');
    await run('adopt-topics');
  });
  after(async () => {
    await deployment.remove();
    await rm(folder, { recursive: true });
  });

  it('every command has a schema, and prints what the schema says', async () => {
    const names = [...(await declaredCommands()).keys()];
    expect(Object.keys(JSON_LINES)).to.have.members(names);
    for (const name of names) {
      const lines = printed.get(name) ?? [];
      if (name !== 'serve') expect(lines, name).to.not.have.length(0);
      for (const line of lines) {
        const { error } = JSON_LINES[name]?.safeParse(line) ?? {};
        expect(error?.issues ?? [], `${name}: ${JSON.stringify(line)}`).to.deep.equal([]);
      }
    }
  });

  it('the report of a rebuild holds the same objects as its output', () => {
    for (const line of printed.get('report') ?? [])
      expect(JSON_LINES['replay rebuild']?.safeParse(line).success, JSON.stringify(line)).to.equal(true);
  });

  it('every outcome and every kind of difference was printed', () => {
    const of = (name: string, field: string): unknown[] => [
      ...new Set((printed.get(name) ?? []).map((line) => line[field])),
    ];
    expect(of('request', 'outcome')).to.include.members([
      'closed',
      'rejected',
      'duplicate',
      'timeout',
      undefined,
    ]);
    expect(of('preview', 'outcome')).to.have.members(['closed', 'rejected', 'duplicate']);
    expect(of('replay verify', 'where')).to.include.members(['decision', 'ledger']);
    expect(of('replay rebuild', 'field')).to.include.members(['runnerUserId']);
  });

  it('names are in camelCase', () => {
    const names = [...printed.values()].flatMap((lines) => [...namesIn(lines)].map(([name]) => name));
    expect([...new Set(names)].filter((name) => !/^[a-z][a-zA-Z0-9]*$/.test(name))).to.deep.equal([]);
  });

  it('a place, a runner and an event have one shape each', () => {
    const all = [...printed.values()].flatMap((lines) => [...namesIn(lines)]);
    const shapesOf = (...names: string[]): string[] => [
      ...new Set(
        all
          .filter(([name, value]) => names.includes(name) && value !== null)
          .map(([, value]) =>
            typeof value === 'object' && value !== null ? Object.keys(value).join() : typeof value,
          ),
      ),
    ];
    expect(shapesOf('source', 'position', 'lastAt', 'firstAt')).to.deep.equal(['topic,partition,offset']);
    expect(shapesOf('runner')).to.deep.equal(['userId,slackUserId,displayName']);
    const events = Object.values(loadSchemas()).map(({ schema }) =>
      schema.fields.map(({ name }) => name).join(),
    );
    expect(events).to.include.members(
      shapesOf('event', 'closed', 'rejected', 'summary').filter((it) => it !== 'number'),
    );
  });
});
