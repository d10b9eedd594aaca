import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { expect } from 'chai';
import { createRunClosePublisher, createRunEventsSubscriber } from '../../src/sdk/index.ts';
import { withBug } from '../support/bugs.ts';
import { aCommand, anOrder } from '../support/commands.ts';
import { until } from '../support/condition.ts';
import { databaseUrl } from '../support/database.ts';
import { createDeployment, type Deployment, untilLogged } from '../support/deployment.ts';
import { runRunclose } from '../support/runclose-process.ts';
import { startHttpCollector, type TraceCollector } from '../support/trace-collector.ts';

/** Whatever begins so is personal: only a command that exists to show records may print it, on stdout. */
const PERSONAL = 'Zq7';
/** Whatever begins so is a secret: nothing may print it, ever. */
const SECRET = 'Zq9';

const someone = (userId: string) =>
  anOrder({
    userId,
    displayName: `${PERSONAL}Name${userId}`,
    text: `${PERSONAL}Text`,
    slackUserId: `${PERSONAL}Slack`,
  });

const marked = (commandId: string, more: object = {}) =>
  aCommand({
    commandId,
    runId: commandId,
    channelName: `${PERSONAL}Channel`,
    pickupNote: `${PERSONAL}Note`,
    orders: [someone('U1'), someone('U2'), someone('U3')],
    ...more,
  });

/** One command for each outcome and each reason why one can be rejected. */
const COMMANDS = [
  marked('closed'),
  marked('closed'),
  marked('closed', { pickupNote: `${PERSONAL}OtherNote` }),
  marked('again', { runId: 'closed' }),
  marked('stranger', { actorUserId: 'U9' }),
  marked('nobody', { orders: [] }),
  marked('long', { channelName: PERSONAL.repeat(100) }),
  marked('odd', { orders: [{ ...someone('U1'), text: `${PERSONAL}\u0000` }] }),
  marked('twice', { orders: [someone('U1'), someone('U1')] }),
  marked('disabled', { channelId: 'disabled' }),
];

type Said = { readonly by: string; readonly stdout: string; readonly stderr: string };

describe('Neither secrets nor personal data leak', function () {
  this.timeout(400_000);
  let deployment: Deployment;
  let folder: string;
  let secretUrl: string;
  let collector: TraceCollector;
  const said: Said[] = [];

  const role = `zq9_${Math.random().toString(36).slice(2, 10)}`;
  /** Secrets that these servers do not ask for, and therefore take. */
  const secrets = {
    SCHEMA_REGISTRY_USERNAME: `${SECRET}User`,
    SCHEMA_REGISTRY_PASSWORD: `${SECRET}Registry`,
    OTEL_EXPORTER_OTLP_HEADERS: `authorization=Bearer%20${SECRET}Collector`,
    LOG_LEVEL: 'trace',
    STARTUP_TIMEOUT_SECONDS: '0',
  };

  const run = async (args: readonly string[], env: Record<string, string> = {}, stdin = '') => {
    const ended = await runRunclose(args, { ...deployment.env, ...secrets, ...env }, stdin);
    said.push({ by: args.join(' '), ...ended });
    return ended;
  };

  /** Texts that hold the mark, by who said them. */
  const found = (mark: string, texts: readonly (readonly [string, string])[]): readonly string[] =>
    texts.flatMap(([by, text]) => {
      const at = text.indexOf(mark);
      return at === -1 ? [] : [`${by}: …${text.slice(Math.max(0, at - 120), at + 40)}`];
    });

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'runclose-test-'));
    deployment = await createDeployment(2);
    collector = await startHttpCollector();
    const { name, query } = deployment.database;
    const password = `${SECRET}Database`;
    await query(`CREATE ROLE ${role} LOGIN PASSWORD '${password}' IN ROLE runclose_processor`);
    secretUrl = databaseUrl(name, { name: role, password });
  });
  after(async () => {
    await deployment.remove();
    await collector.close();
    await rm(folder, { recursive: true });
  });

  it('while a record meets every possible fate', async () => {
    await run(['channel', 'set', 'disabled', '--enabled', 'false']);
    const traces = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url };
    const serving = await deployment.serve({ ...secrets, ...traces, DATABASE_URL: secretUrl });
    const lines = COMMANDS.map((command) => JSON.stringify(command)).join('\n');
    await run(['request', '-', '--wait'], { DATABASE_URL: secretUrl }, lines);
    await deployment.publish(Buffer.from(`${PERSONAL}Garbage`), Buffer.from([0, 0, 0, 0, 1, 90, 113, 55]));
    for (const command of COMMANDS) await deployment.publish(command);
    await deployment.settled();
    for (const path of ['metrics', 'health/live', 'health/ready', PERSONAL]) {
      const response = await fetch(`http://127.0.0.1:${serving.httpPort}/${path}`);
      said.push({ by: `GET /${path.slice(0, 6)}`, stdout: await response.text(), stderr: '' });
    }
    serving.signal('SIGTERM');
    expect(await serving.exited).to.equal(0);
    said.push({ by: 'the log of serve', stdout: JSON.stringify(serving.log), stderr: '' });
    expect(collector.spans.length).to.be.above(COMMANDS.length);
    expect(collector.headers.some((it) => it['authorization']?.includes(SECRET))).to.equal(true);
    said.push({ by: 'the traces of serve', stdout: JSON.stringify(collector.spans), stderr: '' });
  });

  it('while a bug ends serve', async () => {
    await deployment.send({
      key: 'bug',
      value: await deployment.encode(marked('bug', { channelId: 'bug' })),
    });
    for (const bug of ['in the handler', 'while it decides', 'between the two commits'] as const) {
      const [env, launch] = withBug(bug);
      const traces = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url };
      const settings = { ...env, ...secrets, ...traces, DATABASE_URL: secretUrl };
      const serving = await deployment.serve(settings, launch);
      await serving.exited;
      await untilLogged(serving, 'UNEXPECTED_ERROR');
      said.push({
        by: `the log of serve with a bug ${bug}`,
        stdout: JSON.stringify(serving.log),
        stderr: '',
      });
    }
    said.push({ by: 'the traces of serve with bugs', stdout: JSON.stringify(collector.spans), stderr: '' });
  });

  it('while each command does its work', async () => {
    const file = (name: string): string => join(folder, name);
    await deployment.database.query(
      `UPDATE runclose.decision SET runner_user_id = 'U9' WHERE command_id = 'closed';
       UPDATE runclose.channel_member SET balance = balance + 1`,
    );
    for (const args of [
      ['setup'],
      ['status'],
      ['config'],
      ['health'],
      ['doctor', '--json'],
      ['doctor', '--bundle', file('bundle.json')],
      ['fairness', '--channel', 'C1'],
      ['channel', 'get', 'C1'],
      ['channel', 'history', 'disabled'],
      ['adopt-cluster'],
      ['adopt-topics'],
      ['accept-gap'],
      ['dlq', 'list'],
      ['dlq', 'redrive'],
      ['purge'],
      ['forget', '--user', 'U2'],
      ['replay', 'verify'],
      ['replay', 'verify', '--json'],
      ['replay', 'verify', '--events-only'],
      ['replay', 'rebuild', '--report', file('rebuild.ndjson')],
      ['replay', 'rebuild', '--drop', '--report', file('dropped.ndjson')],
      ['replay', 'what-if', '--policy', 'least-recent', '--json'],
      ['replay', 'snapshot', file('ledgers.avro')],
      ['replay', 'export', file('pseudonyms.avro'), '--with-events', '--pseudonymize'],
    ])
      await run(args);
    for (const name of await readdir(folder))
      said.push({
        by: `the file ${name}`,
        stdout: (await readFile(file(name))).toString('latin1'),
        stderr: '',
      });
  });

  it('while each command that shows records shows them', async () => {
    for (const args of [
      ['tail', '--until-end'],
      ['explain', 'closed', '--channel', 'C1'],
      ['explain', '--command', 'long', '--channel', 'C1'],
      ['fairness', '--channel', 'C1', '--next', 'U1,U2'],
      ['dlq', 'show'],
    ])
      await run(args);
    await run(['preview', '-'], {}, JSON.stringify(marked('preview')));
  });

  it('while settings, files and servers are wrong', async () => {
    const key = join(folder, `key.pem`);
    await writeFile(key, `-----BEGIN PRIVATE KEY-----\n${SECRET}Key\n-----END PRIVATE KEY-----\n`);
    const wrong: Readonly<Record<string, Record<string, string>>> = {
      'a wrong password': { DATABASE_URL: secretUrl.replace('Database', 'Wrong') },
      'no such server': { DATABASE_URL: `postgres://u:${SECRET}@127.0.0.1:1/x?password=${SECRET}` },
      'a password that is not encoded': { DATABASE_URL: `postgres://u:${SECRET}/#@127.0.0.1:1/x` },
      'a registry with a password': { SCHEMA_REGISTRY_URL: `http://u:${SECRET}@127.0.0.1:1` },
      'a registry with a token': { SCHEMA_REGISTRY_URL: `http://127.0.0.1:1/?token=${SECRET}` },
      'a registry that is away': { SCHEMA_REGISTRY_URL: 'http://127.0.0.1:1' },
      'a password that Kafka does not ask for': {
        KAFKA_SASL_MECHANISM: 'plain',
        KAFKA_SASL_USERNAME: `${SECRET}User`,
        KAFKA_SASL_PASSWORD: `${SECRET}Kafka`,
      },
      'a key that is none': {
        KAFKA_SSL_KEY: key,
        KAFKA_SSL_CERT: key,
        KAFKA_SSL_KEY_PASSWORD: `${SECRET}Pass`,
      },
      'a key instead of its path': { KAFKA_SSL_KEY: `${SECRET}Key`, KAFKA_SSL_CERT: `${SECRET}Cert` },
      'a secret instead of its path': { DATABASE_URL: '', DATABASE_URL_FILE: `${SECRET}File` },
      'brokers with a password': { KAFKA_BROKERS: `u:${SECRET}@127.0.0.1:1` },
      'a collector with a password': { OTEL_EXPORTER_OTLP_ENDPOINT: `ftp://u:${SECRET}@127.0.0.1:1` },
    };
    for (const [what, env] of Object.entries(wrong))
      for (const command of ['serve', 'config']) {
        const { code } = await run([command], env);
        if (command === 'serve') expect(code, what).to.be.oneOf([1, 69, 78]);
      }
    for (const stdin of [
      `{"channelId": "${PERSONAL}Broken`,
      JSON.stringify({ ...marked('x'), orders: `${PERSONAL}Orders` }),
    ])
      expect((await run(['request', '-'], {}, stdin)).code).to.equal(64);
  });

  it('while a service publishes and subscribes', async () => {
    const registry = {
      url: deployment.env['SCHEMA_REGISTRY_URL'] ?? '',
      username: `${SECRET}User`,
      password: `${SECRET}Registry`,
    };
    const topicPrefix = deployment.env['TOPIC_PREFIX'] ?? '';
    const kafka = { brokers: [...deployment.brokers], clientId: 'leaks' };
    const errors: unknown[] = [];
    const note = (error: unknown): void => void errors.push(error);
    const publish = async (command: object, where = registry): Promise<void> => {
      const publisher = createRunClosePublisher({ kafka, registry: where, topicPrefix });
      await publisher.publish(command as ReturnType<typeof marked>).catch(note);
      await publisher.close();
    };

    await publish(marked('long', { channelName: PERSONAL.repeat(100) }));
    await publish({ ...marked('wrong'), orders: [{ ...someone('U1'), quantity: `${PERSONAL}Two` }] });
    await publish(marked('away'), { ...registry, url: 'http://127.0.0.1:1' });

    const warnings: unknown[] = [];
    let retries = 0;
    const subscriber = createRunEventsSubscriber({
      kafka,
      registry,
      topicPrefix,
      groupId: `${deployment.groupId}.leaks`,
      handlers: {
        'run.closed': () => {
          retries += 1;
          throw new Error('the handler fails');
        },
      },
      onUndecodable: () => undefined,
      logger: { warn: (...facts: unknown[]) => void warnings.push(facts) },
    });
    const running = subscriber.run();
    await until('the handler was tried again', () => retries > 1);
    await subscriber.stop();
    await running;
    expect(errors).to.have.length(3);
    // As Node prints an error that nobody catches.
    const texts = [...errors, ...warnings].map((it) => inspect(it, { depth: 5 }));
    said.push({ by: 'the SDK', stdout: texts.join('\n'), stderr: '' });
  });

  it('in any output', () => {
    expect(said.length).to.be.above(60);
    const all = said.flatMap(({ by, stdout, stderr }) => [
      [`${by} (stdout)`, stdout] as const,
      [`${by} (stderr)`, stderr] as const,
    ]);
    for (const mark of [SECRET, encodedSecret()]) expect(found(mark, all)).to.deep.equal([]);
    const notForReaders = all.filter(
      ([by]) => !/^(request|tail|explain|fairness|dlq show|preview) .*\(stdout\)$|^dlq show/.test(by),
    );
    expect(notForReaders.length).to.be.above(100);
    expect(found(PERSONAL, notForReaders)).to.deep.equal([]);
    // The marks are where they belong, so that the search is known to find them.
    expect(found(PERSONAL, all)).not.to.deep.equal([]);
  });
});

/** The secret as a header of basic authentication contains it. */
const encodedSecret = (): string =>
  Buffer.from(`${SECRET}User:${SECRET}Registry`).toString('base64').slice(0, -4);
