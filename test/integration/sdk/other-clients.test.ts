import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { expect } from 'chai';
import { root } from '../../../scripts/stack/folders.ts';
import { eventIdOfCommand, partitionOf } from '../../../src/sdk/records.ts';
import { until } from '../../support/condition.ts';
import { createDeployment, type Deployment, type Serving } from '../../support/deployment.ts';
import { compileJavaClient, type JavaClient } from '../../support/other-clients/java.ts';
import { obtainPython, type Python } from '../../support/other-clients/python.ts';
import { kafkaBrokers, testKafka } from '../../support/topics.ts';

type Environment = Readonly<Record<string, string>>;

const PARTITIONS = 6;
const DEADLINE_MS = 60_000;

const page = readFileSync(join(root, 'docs/other-clients.md'), 'utf8');

/** A program of the page, unchanged. */
const box = (language: string, file: string): string =>
  [...page.matchAll(new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, 'gs'))]
    .map(([, code = '']) => code)
    .find((code) => code.includes(file)) ?? expect.fail(`no box ${file}`);

describe('Clients of other languages', function () {
  this.timeout(180_000);
  let deployment: Deployment;
  let serving: Serving;
  let children: ChildProcess[];

  before(async () => {
    deployment = await createDeployment(PARTITIONS);
    serving = await deployment.serve();
  });
  beforeEach(() => {
    children = [];
  });
  afterEach(async () => {
    for (const child of children) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
    }
  });
  after(async () => {
    // Ends `serve` too.
    await deployment.remove();
  });

  const start = (command: string, args: readonly string[], env: Environment) => {
    const child = spawn(command, args, {
      cwd: root,
      env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...deployment.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    children.push(child);
    const said = { out: '', err: '' };
    child.stdout.on('data', (chunk: Buffer) => (said.out += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (said.err += chunk.toString()));
    return { child, said };
  };

  const toItsEnd = async (...[command, args, env]: Parameters<typeof start>): Promise<string> => {
    const { child, said } = start(command, args, env);
    const [code] = (await once(child, 'close')) as [number | null];
    expect(code, said.err).to.equal(0);
    return said.out;
  };

  /** Puts an event into the topic that no reader of committed records may see. */
  const abortEvent = async (partition: number): Promise<void> => {
    const producer = testKafka(kafkaBrokers()).producer({
      transactionalId: `${deployment.groupId}-aborted`,
      maxInFlightRequests: 1,
      idempotent: true,
    });
    await producer.connect();
    const transaction = await producer.transaction();
    const messages = [{ key: 'office', value: 'rolled back', partition }];
    await transaction.send({ topic: deployment.names.closed, messages });
    await transaction.abort();
    await producer.disconnect();
  };

  const misplaced = async (): Promise<string | undefined> => {
    const metrics = await (await fetch(`http://127.0.0.1:${String(serving.httpPort)}/metrics`)).text();
    return /^runclose_commands_misplaced_total (\d+)$/m.exec(metrics)?.[1];
  };

  /** A subscriber that reads from the start also sees the events of the other clients. */
  const publishesAndReads = async (
    commandId: string,
    program: { publish(): Promise<string>; subscribe(env: Environment): ReturnType<typeof start> },
  ): Promise<void> => {
    const partition = partitionOf('office', PARTITIONS);
    await abortEvent(partition);
    const place = new RegExp(`^published at ${deployment.names.requested}/${String(partition)}/(\\d+)\n$`);
    const said = await program.publish();
    const [, offset] = place.exec(said) ?? expect.fail(said);
    await deployment.settled();
    const source = `${String(partition)}/${String(offset)}`;
    expect(await deployment.outcomes()).to.include.members([`run.closed ${source}`, `run.summary ${source}`]);

    const eventId = eventIdOfCommand({ channelId: 'office', commandId }, 'run.closed');
    const { said: read, child } = program.subscribe({ GROUP_ID: `${deployment.groupId}-${commandId}` });
    const line = () => read.out.split('\n').find((each) => each.startsWith(eventId));
    const hasEnded = () => child.exitCode !== null;
    await until('the event is read', () => line() !== undefined || hasEnded(), DEADLINE_MS);
    expect(line(), read.err).to.match(/^\S+ (Ada|Ben) (Ada|Ben) goes[:,]? .+$/);
    // Each program complains about a record that is no event, or ends.
    expect(read.err, 'nothing that was rolled back').not.to.include('no event');
    expect(hasEnded(), read.err).to.equal(false);
    expect(await misplaced()).to.equal('0');
  };

  describe('kafkajs as it is, by the boxes of the page', () => {
    const evaluate = (code: string): string[] => ['--input-type=module', '--eval', code];

    it('publishes what the processor accepts, and reads what it emits, without what was rolled back', async () => {
      await publishesAndReads('close-wednesday', {
        publish: () => toItsEnd(process.execPath, evaluate(box('js', 'publish.mjs')), {}),
        subscribe: (env) => start(process.execPath, evaluate(box('js', 'subscribe.mjs')), env),
      });
    });
  });

  describe('Java’s own client, with the settings of the page', () => {
    let java: JavaClient | undefined;
    before(async function () {
      this.timeout(300_000);
      java = await compileJavaClient();
    });
    after(() => java?.remove());

    it('publishes what the processor accepts, and reads what it emits, without what was rolled back', async () => {
      const { command, args } = java ?? expect.fail('it was not compiled');
      await publishesAndReads('close-monday', {
        publish: () => toItsEnd(command, [...args, 'publish', 'close-monday'], {}),
        subscribe: (env) => start(command, [...args, 'subscribe'], env),
      });
    });
  });

  describe('Python, by the boxes of the page', () => {
    let python: Python;
    before(async function () {
      this.timeout(300_000);
      python = await obtainPython();
    });

    const publish = (code: string): Promise<string> => toItsEnd(python.command, ['-c', code], python.env);

    it('publishes what the processor accepts, and reads what it emits, without what was rolled back', async () => {
      await publishesAndReads('close-thursday', {
        publish: () => publish(box('python', 'publish.py')),
        subscribe: (env) =>
          start(python.command, ['-c', box('python', 'subscribe.py')], { ...python.env, ...env }),
      });
    });

    it('is noticed if it keeps its default partitioner, which splits a channel', async () => {
      const channel = channelThatCrc32Misplaces();
      const code = box('python', 'publish.py')
        .replace("    'partitioner': 'murmur2_random',\n", '')
        .replace("'channelId': 'office'", `'channelId': '${channel}'`);
      const partition = crc32(channel) % PARTITIONS;
      expect(await publish(code)).to.match(
        new RegExp(`^published at ${deployment.names.requested}/${String(partition)}/`),
      );
      await deployment.settled();
      expect(
        (await deployment.outcomes()).some((outcome) => outcome === `run.closed ${String(partition)}/0`),
      ).to.equal(true);
      // The processor counts after it has committed.
      await until('the command is counted', async () => (await misplaced()) === '1', DEADLINE_MS);
      const { stdout } = await deployment.runclose('doctor', '--json');
      expect(stdout).to.include('misplaced-commands');
    });
  });
});

/** A channel that librdkafka's default partitioner puts into another partition than murmur2, and that no other test uses. */
const channelThatCrc32Misplaces = (): string => {
  const used = partitionOf('office', PARTITIONS);
  for (let n = 0; ; n += 1) {
    const channel = `C${String(n)}`;
    const partition = crc32(channel) % PARTITIONS;
    if (partition !== partitionOf(channel, PARTITIONS) && partition !== used) return channel;
  }
};
