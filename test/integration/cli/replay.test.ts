import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text as textOf } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { deflateRawSync } from 'node:zlib';
import { expect } from 'chai';
import avro from 'avsc';
import { openHistoryFile } from '../../../src/avro/history-file.ts';
import { loadSchemas } from '../../../src/avro/schema-files.ts';
import { asMessageHeaders } from '../../../src/kafka/records/headers.ts';
import { manyCommands } from '../../support/commands.ts';
import { createDeployment, type Deployment, type Serving } from '../../support/deployment.ts';
import { MAIN, runRunclose, type Ended } from '../../support/runclose-process.ts';
import { testKafka } from '../../support/topics.ts';
import { jsonLines, type Json } from '../../support/json-lines.ts';

const COMMANDS = 300;

describe('replay verify, export and snapshot', function () {
  this.timeout(180_000);
  let deployment: Deployment;
  let serving: Serving;
  let folder: string;

  const runclose = (...args: string[]): Promise<Ended> => runRunclose(args, deployment.env);

  const replay = async (
    ...args: string[]
  ): Promise<{ code: number | null; summary: Json; divergences: Json[] }> => {
    const { code, stdout, stderr } = await runclose('replay', ...args, '--json');
    const objects = jsonLines(stdout);
    const summary = objects.at(-1);
    if (summary === undefined) throw new Error(`nothing was printed: ${stderr}`);
    return { code, summary, divergences: objects.slice(0, -1) };
  };

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'runclose-test-'));
    deployment = await createDeployment(3);
    serving = await deployment.serve();
    await deployment.publish(...manyCommands(COMMANDS / 2), Buffer.from('garbage'));
    await deployment.settled();
    const set = await runclose('channel', 'set', 'C1', '--policy', 'window-count', '--window-runs', '3');
    expect(set.code, set.stderr).to.equal(0);
    await deployment.publish(...manyCommands(COMMANDS / 2, COMMANDS / 2), ...manyCommands(2));
    await deployment.settled();
  });
  after(async () => {
    await deployment.remove();
    await rm(folder, { recursive: true });
  });

  it('finds nothing if nothing was touched, with a processor running', async () => {
    const { code, summary, divergences } = await replay('verify');
    expect(divergences).to.deep.equal([]);
    expect(summary).to.deep.include({ commands: COMMANDS + 3, channels: 20, divergences: 0, unchecked: [] });
    expect(summary['compared']).to.deep.include({ ledgers: 20 });
    expect(code).to.equal(0);
  });

  it('verifies one channel', async () => {
    const { code, summary } = await replay('verify', '--channel', 'C1');
    expect(summary).to.deep.include({ commands: 16 + 1 + (COMMANDS / 20 - 15), channels: 1, divergences: 0 });
    expect(code).to.equal(0);
  });

  it('verifies an export, with and without Postgres', async () => {
    const file = join(folder, 'history.avro');
    const exported = await replay('export', file, '--with-events');
    expect(exported.summary).to.include({ commands: COMMANDS + 3, policies: 1 });

    const alone = await replay('verify', '--file', file, '--no-database');
    expect(alone.summary).to.deep.include({ commands: COMMANDS + 3, divergences: 0 });
    expect(alone.summary['unchecked']).to.have.length(1);
    expect(alone.code).to.equal(0);

    const together = await replay('verify', '--file', file);
    expect(together.summary).to.deep.include({ divergences: 0, unchecked: [] });
    expect(together.summary['compared']).to.deep.include({ ledgers: 20 });

    // Its threads connect to the database, too, but only the first reader of a pipe gets the text.
    const { DATABASE_URL = '', ...env } = deployment.env;
    const script = 'mkfifo "$0"; printf %s "$1" > "$0" & shift; exec "$@"';
    const pipe = join(folder, 'database-url');
    const args = [process.execPath, MAIN, 'replay', 'verify', '--file', file];
    const piped = spawn('sh', ['-c', script, pipe, DATABASE_URL, ...args], {
      env: { PATH: process.env['PATH'], ...env, DATABASE_URL_FILE: pipe },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const closed = once(piped, 'close') as Promise<[number | null]>;
    const [[code], stderr] = await Promise.all([closed, textOf(piped.stderr)]);
    expect(code, stderr).to.equal(0);
  });

  it('writes files that any Avro tool reads', async () => {
    const file = join(folder, 'other-tool.avro');
    await replay('export', file, '--with-events');
    const kinds = new Map<string, number>();
    for await (const entry of avro.createFileDecoder(file) as AsyncIterable<object>) {
      const [kind = ''] = Object.keys(entry);
      kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
    }
    expect(Object.fromEntries(kinds)).to.deep.equal({
      'runclose.history.PolicyVersion': 1,
      'runclose.history.Schema': 4,
      'runclose.history.Command': COMMANDS + 3,
      'runclose.history.End': 1,
    });
  });

  it('writes samples with invented people, whose commands can be decided again', async () => {
    const file = join(folder, 'sample.avro');
    const args = ['--with-events', '--sample', '200', '--pseudonymise'];
    const { summary } = await replay('export', file, ...args);
    expect(summary).to.include({ commands: 199, leftOut: 1 });
    const verified = await replay('verify', '--file', file);
    expect(verified.summary).to.deep.include({ commands: 199, channels: 20, divergences: 0 });

    const texts: string[] = [];
    for await (const entry of avro.createFileDecoder(file) as AsyncIterable<object>)
      texts.push(JSON.stringify(entry, bytesAsText));
    for (const real of ['command-', 'run-1', 'C1', 'U1', 'Dana', 'Flat white', 'order-of'])
      expect(
        texts.filter((text) => text.replaceAll(/(command|run)-[0-9a-f]{16}/g, '').includes(real)),
        real,
      ).to.deep.equal([]);

    const [again, joined] = [join(folder, 'again.avro'), join(folder, 'joined.avro')];
    const keyFile = join(folder, 'pseudonym-key');
    await replay('export', again, ...args);
    expect((await readFile(again)).equals(await readFile(file)), 'each has a key of its own').to.equal(false);
    await replay('export', again, ...args, '--pseudonym-key-file', keyFile);
    await replay('export', joined, ...args, '--pseudonym-key-file', keyFile);
    expect((await readFile(joined)).equals(await readFile(again)), 'one key joins them').to.equal(true);
    for (const path of [file, again, keyFile]) expect((await stat(path)).mode & 0o077, path).to.equal(0);
  });

  it('leaves the old file, and nothing else, if the disk is full', async () => {
    const own = join(folder, 'full');
    await mkdir(own);
    const file = join(own, 'month.avro');
    await replay('export', file);
    const before = await readFile(file);
    const main = fileURLToPath(new URL('../../../dist/cli/main.js', import.meta.url));
    const limited = spawn(
      'sh',
      [
        '-c',
        'ulimit -f 8; exec "$0" "$@"',
        process.execPath,
        main,
        'replay',
        'export',
        file,
        '--with-events',
      ],
      { env: { PATH: process.env['PATH'], ...deployment.env }, stdio: ['ignore', 'ignore', 'pipe'] },
    );
    const [stderr, [code]] = await Promise.all([
      textOf(limited.stderr),
      once(limited, 'close') as Promise<[number | null]>,
    ]);
    expect(code, stderr).to.equal(1);
    expect(stderr)
      .to.match(/writing .*month\.avro: .*Name a file/)
      .and.not.to.match(/node:|This is a bug/);
    expect(await readdir(own)).to.deep.equal(['month.avro']);
    expect((await readFile(file)).equals(before)).to.equal(true);
  });

  it('refuses a file that was cut off or damaged, or is not a history', async () => {
    const file = join(folder, 'whole.avro');
    // Of several blocks: the first is read before the threads begin that read the others.
    await replay('export', file, '--with-events');
    const bytes = await readFile(file);
    const damaged = Buffer.from(bytes);
    damaged.fill(0xff, bytes.length - 400, bytes.length - 300);
    const broken: readonly (readonly [string, Buffer, string])[] = [
      ['cut.avro', bytes.subarray(0, bytes.length - 100), 'it was cut off'],
      ['damaged.avro', damaged, 'a block is damaged'],
      ['none.avro', Buffer.from('this is no Avro file'), 'it is not an Avro container file'],
      ['short.avro', Buffer.from('{'), 'it is not an Avro container file'],
      ['empty.avro', Buffer.alloc(0), 'it is empty'],
      ['bomb.avro', withBombFor(bytes), 'a block is larger'],
    ];
    for (const [name, content, why] of broken) {
      await writeFile(join(folder, name), content);
      const { code, stderr } = await runclose(
        'replay',
        'verify',
        '--file',
        join(folder, name),
        '--no-database',
      );
      expect(code, name).to.equal(1);
      expect(stderr, name).to.include(`is not a readable history: ${why}`);
    }
  });

  it('refuses a channel that nobody knows, and a snapshot in the place of a history', async () => {
    const unknown = await runclose('replay', 'verify', '--channel', 'C-unknown');
    expect(unknown.code).to.equal(1);
    expect(unknown.stderr).to.include('no command of channel C-unknown was read');
    const none = join(folder, 'none-of-it.avro');
    const exported = await runclose('replay', 'export', none, '--channel', 'C-unknown');
    expect(exported.code).to.equal(1);
    expect(exported.stderr).to.include('no command of channel C-unknown was read');
    expect(await readdir(folder)).not.to.include('none-of-it.avro');

    const file = join(folder, 'no-history.avro');
    await replay('snapshot', file);
    const { code, stderr } = await runclose('replay', 'verify', '--file', file, '--no-database');
    expect(code).to.equal(64);
    expect(stderr).to.include(`runclose replay verify --prove ${file}`);
  });

  it('proves a snapshot, and begins from it', async () => {
    const file = join(folder, 'ledgers.avro');
    await replay('snapshot', file);
    const proof = await replay('verify', '--prove', file);
    expect(proof.summary).to.deep.include({ commands: COMMANDS + 3, divergences: 0 });

    await deployment.publish(...manyCommands(40, 1_000));
    await deployment.settled();
    const { code, summary } = await replay('verify', '--snapshot', file);
    expect(summary).to.deep.include({ commands: 40, divergences: 0 });
    expect(summary['compared']).to.deep.include({ ledgers: 20 });
    expect(summary['unchecked']).to.have.length(1);
    expect(code).to.equal(0);
  });

  it('says what a file lacks, and asks for a snapshot if the file starts in the middle', async () => {
    const commandsOnly = join(folder, 'commands-only.avro');
    await replay('export', commandsOnly);
    const { summary } = await replay('verify', '--file', commandsOnly, '--no-database');
    expect(summary['unchecked']).to.have.length(2);
    expect(summary['compared']).to.deep.equal({ events: 0, decisions: 0, ledgers: 0 });

    const begin = join(folder, 'begin.avro');
    await replay('snapshot', begin);
    await deployment.publish(...manyCommands(30, 2_000));
    await deployment.settled();
    const rest = join(folder, 'rest.avro');
    await replay('export', rest, '--with-events', '--from', await beginOf(begin));
    const refused = await runclose('replay', 'verify', '--file', rest, '--no-database');
    expect(refused.code).to.equal(64);
    expect(refused.stderr).to.include('--snapshot FILE');
    const { code, summary: whole } = await replay('verify', '--file', rest, '--snapshot', begin);
    expect(whole).to.deep.include({ commands: 30, divergences: 0 });
    expect(code).to.equal(0);

    // It may begin in the middle of a file, and not before its beginning.
    const longer = join(folder, 'longer.avro');
    await replay('export', longer, '--with-events');
    const inTheMiddle = await replay('verify', '--file', longer, '--snapshot', begin);
    expect(inTheMiddle.summary).to.deep.equal(whole);
    const before = join(folder, 'ledgers.avro');
    const tooEarly = await runclose('replay', 'verify', '--file', rest, '--snapshot', before);
    expect(tooEarly.code).to.equal(64);
    expect(tooEarly.stderr).to.include('the commands between are missing');
  });

  it('verifies a file beside a database of another installation', async () => {
    const file = join(folder, 'history.avro');
    const url = new URL(deployment.env['DATABASE_URL'] ?? '');
    url.pathname = '/postgres';
    const env = { ...deployment.env, DATABASE_URL: url.href };
    const { code, stdout, stderr } = await runRunclose(['replay', 'verify', '--file', file], env);
    expect(code, stderr).to.equal(0);
    expect(stdout).to.include('Not checked: stored decisions and ledgers: the database of DATABASE_URL');
    expect((await runclose('replay', 'verify', '--no-database')).code).to.equal(64);
  });

  it('does not replace a good file with an empty one', async () => {
    const file = join(folder, 'history.avro');
    const before = await readFile(file);
    const env = { ...deployment.env, KAFKA_GROUP_ID: 'no-such-group' };
    const { code, stderr } = await runRunclose(['replay', 'export', file], env);
    expect(code).to.equal(64);
    expect(stderr).to.include('the group no-such-group has passed no command of');
    expect((await readFile(file)).equals(before)).to.equal(true);
  });

  it('compares from a place on, and up to one', async () => {
    const { code, summary } = await replay('verify', '--from', '10', '--to', '30');
    expect(summary).to.deep.include({ commands: 3 * 30, divergences: 0 });
    expect(summary['compared']).to.deep.include({ ledgers: 0 });
    expect(summary['unchecked']).to.have.length(1);
    expect(code).to.equal(0);
  });

  it('names tampered data, and exits with 2', async () => {
    const { database, names } = deployment;
    serving.signal('SIGTERM');
    await serving.exited;
    await database.query(
      `UPDATE runclose.decision SET runner_user_id = 'U9' WHERE command_id = 'command-10'`,
    );
    await database.query(`
      UPDATE runclose.channel_member SET balance = balance + 1
      WHERE channel_id = 'C11' AND user_id = (SELECT min(user_id) FROM runclose.channel_member WHERE channel_id = 'C11')`);
    await database.query(`DELETE FROM runclose.decision WHERE command_id = 'command-12'`);
    await database.query(`
      INSERT INTO runclose.decision SELECT (d).* FROM (
        SELECT jsonb_populate_record(d, '{"command_id": "forged", "run_id": "forged", "source_offset": 999999}') AS d
        FROM runclose.decision d WHERE d.command_id = 'command-14') forged`);
    const [event] = (await deployment.read(names.closed)).filter(({ key }) => key?.toString() === 'C13');
    if (event === undefined) throw new Error('channel C13 has an event');
    const producer = testKafka().producer();
    await producer.connect();
    const headers = asMessageHeaders(event.headers);
    const { partition, key, value } = event;
    await producer.send({ topic: names.closed, messages: [{ partition, key, value, headers }] });
    await producer.disconnect();

    const { code, divergences } = await replay('verify');
    expect(divergences.map((it) => `${String(it['code'])} ${String(it['channelId'])}`)).to.have.members([
      'DECISION_ALTERED C10',
      'LEDGER_ALTERED C11',
      'DECISION_MISSING C12',
      'DECISION_UNEXPECTED C14',
      'EVENT_DOUBLED C13',
    ]);
    expect(code).to.equal(2);

    // The first of the two stands before the snapshot.
    const since = await replay('verify', '--snapshot', join(folder, 'ledgers.avro'));
    expect(since.divergences.map((it) => `${String(it['code'])} ${String(it['channelId'])}`)).to.have.members(
      ['LEDGER_ALTERED C11', 'DECISION_UNEXPECTED C14', 'EVENT_DOUBLED C13'],
    );
  });

  it('shows what another policy would have changed, from the topic and from a file', async () => {
    const { code, summary } = await replay('what-if', '--policy', 'window-count', '--window-runs', '2');
    expect(summary).to.deep.include({ channels: 20, changes: { policy: 'window-count', windowRuns: 2 } });
    expect(summary['picksChanged']).to.be.above(0);
    expect(code).to.equal(0);

    const file = join(folder, 'what-if.avro');
    await replay('export', file, '--with-events');
    const again = await replay('what-if', '--policy', 'window-count', '--window-runs', '2', '--file', file);
    // Which changed picks come first depends on how the channels are interleaved.
    expect({ ...again.summary, examples: [] }).to.deep.equal({ ...summary, examples: [] });

    const page = join(folder, 'what-if.html');
    const text = await runclose(
      'replay',
      'what-if',
      '--policy',
      'window-count',
      '--file',
      file,
      '--report',
      page,
    );
    const html = await readFile(page, 'utf8');
    expect(html.match(/<svg /g)).to.have.length(2);
    expect(html).to.not.match(/<script|src=|href=|url\(/);
    expect(text.stdout).to.include('worst deviation from fair share').and.to.include('made / fair share');
    expect((await runclose('replay', 'what-if')).code).to.equal(64);
    const nothing = await runclose('replay', 'what-if', '--policy', 'least-recent', '--from', 'latest');
    expect(nothing).to.include({ code: 64, stdout: '' });
    expect(nothing.stderr).to.include(`from the topic ${deployment.names.closed}: check the range`);
  });

  it('asks for a snapshot if retention has removed the first commands', async () => {
    const { names, admin } = deployment;
    await admin.deleteTopicRecords({ topic: names.requested, partitions: [{ partition: 0, offset: '5' }] });
    const { code, stderr } = await runclose('replay', 'verify');
    expect(code).to.equal(64);
    expect(stderr).to.include(`${names.requested}/0 at offset 5`).and.to.include('--snapshot FILE');
  });
});

/** Where the history behind a snapshot begins, as the flags take it. */
const beginOf = async (file: string): Promise<string> => {
  const { facts, close } = await openHistoryFile(file, loadSchemas());
  await close();
  return facts.ranges.map(({ partition, from }) => `${partition}:${from}`).join(',');
};

const bytesAsText = (_: string, value: unknown): unknown =>
  typeof value === 'object' && value !== null && 'data' in value
    ? Buffer.from(value.data as number[]).toString('latin1')
    : value;

/** A history whose first block unfolds to 300 MiB. */
const withBombFor = (history: Buffer): Buffer => {
  const sync = history.subarray(-16);
  const header = history.subarray(0, history.indexOf(sync) + sync.length);
  const block = deflateRawSync(Buffer.alloc(300 * 1024 * 1024));
  const size: number[] = [];
  for (let rest = 2 * block.length; ; rest = Math.floor(rest / 0x80)) {
    size.push(rest < 0x80 ? rest : (rest % 0x80) | 0x80);
    if (rest < 0x80) break;
  }
  return Buffer.concat([header, Buffer.from([2, ...size]), block, sync]);
};
