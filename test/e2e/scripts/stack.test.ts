import { spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseEnv } from 'node:util';
import { expect } from 'chai';
import { isRunning } from '../../../scripts/process-identity.mjs';
import type { ProcessIdentity } from '../../../scripts/process-identity.mjs';
import { root } from '../../../scripts/stack/folders.ts';
import { descendantsOf } from '../../../scripts/stack/process-tree.ts';

const SERVERS = ['kafka', 'registry', 'postgres'] as const;

describe("Another checkout's stack", function () {
  this.timeout(180_000);
  const checkout = mkdtempSync(join(tmpdir(), 'runclose-checkout-'));
  const everStarted: ProcessIdentity[] = [];

  const command = (...args: string[]): [string, string[]] => [
    process.execPath,
    ['--import', 'tsx', join(checkout, 'scripts/stack.ts'), ...args],
  ];
  const stack = (...args: string[]) => spawnSync(...command(...args), { cwd: checkout, encoding: 'utf8' });

  const records = (): string[] =>
    ['.stack/run', '.stack/secure/run'].flatMap((folder) =>
      SERVERS.map((name) => join(checkout, folder, `${name}.json`)),
    );

  /** The processes on record, noted together with all that they have started. */
  const started = (): ProcessIdentity[] => {
    const running = records().flatMap((file) => {
      if (!existsSync(file)) return [];
      const { process } = JSON.parse(readFileSync(file, 'utf8')) as { process?: ProcessIdentity };
      return process === undefined ? [] : [process];
    });
    everStarted.push(...running, ...running.flatMap(({ pid }) => descendantsOf(pid)));
    return running;
  };

  before(() => {
    chmodSync(checkout, 0o755);
    for (const folder of ['scripts', 'src'])
      cpSync(join(root, folder), join(checkout, folder), { recursive: true });
    copyFileSync(join(root, 'package.json'), join(checkout, 'package.json'));
    symlinkSync(join(root, 'node_modules'), join(checkout, 'node_modules'));
  });

  after(() => {
    stack('down', '--wipe');
    rmSync(checkout, { recursive: true });
  });

  it('comes up on ports of its own', () => {
    const { status, stderr } = stack('up');
    expect(status, stderr).to.equal(0);
    const env = readFileSync(join(checkout, '.stack/env'), 'utf8');
    expect(env).to.match(
      /^KAFKA_BROKERS=127\.0\.0\.1:\d+\nSCHEMA_REGISTRY_URL=http:\S+\/apis\/ccompat\/v7\nDATABASE_URL=postgres:\S+\n$/,
    );
    expect(env).not.to.include(process.env['KAFKA_BROKERS']);
    expect(started()).to.have.length(SERVERS.length);
  });

  it('says what runs where', () => {
    const { status, stdout } = stack('status');
    expect(status).to.equal(0);
    for (const { pid } of started()) expect(stdout).to.include(String(pid));
  });

  it('is left alone when it is up already', () => {
    const before = started();
    expect(stack('up').status).to.equal(0);
    expect(started()).to.deep.equal(before);
  });

  it('gets back the server that died, at the same address, and keeps the others', () => {
    const env = readFileSync(join(checkout, '.stack/env'), 'utf8');
    const [kafka, registry, postgres] = started();
    process.kill(postgres?.pid ?? 0, 'SIGKILL');
    const { status, stderr } = stack('up');
    expect(status, stderr).to.equal(0);
    const healed = started();
    expect(healed.slice(0, 2)).to.deep.equal([kafka, registry]);
    expect(healed[2]).not.to.deep.equal(postgres);
    expect(readFileSync(join(checkout, '.stack/env'), 'utf8')).to.equal(env);
  });

  it('runs beside a secured one', () => {
    const open = readFileSync(join(checkout, '.stack/env'), 'utf8');
    const { status, stderr } = stack('up', '--secure');
    expect(status, stderr).to.equal(0);
    const env = parseEnv(readFileSync(join(checkout, '.stack/env'), 'utf8'));
    expect(readFileSync(join(checkout, '.stack/env'), 'utf8').startsWith(open)).to.equal(true);
    const processor = parseEnv(readFileSync(env['STACK_SECURED_PROCESSOR'] ?? '', 'utf8'));
    expect(processor).to.include({ KAFKA_SASL_USERNAME: 'processor' });
    expect(processor['KAFKA_BROKERS']).not.to.equal(env['KAFKA_BROKERS']);
    expect(started()).to.have.length(2 * SERVERS.length);
    expect(stack('status', '--secure').stdout).to.include(processor['KAFKA_BROKERS']);
  });

  it('goes down without a process left behind', () => {
    started();
    expect(stack('down').status).to.equal(0);
    expect(everStarted.filter(isRunning)).to.deep.equal([]);
    expect(existsSync(join(checkout, '.stack/env'))).to.equal(false);
  });

  it('keeps its data, schemas with their ids included, until it is wiped', async () => {
    expect(stack('up').status).to.equal(0);
    started();
    const subjects = (): string => {
      const env = readFileSync(join(checkout, '.stack/env'), 'utf8');
      return `${/SCHEMA_REGISTRY_URL=(.*)/.exec(env)?.[1] ?? ''}/subjects`;
    };
    // A kept connection leads to the registry before the restart, not to the new one.
    const headers = { 'content-type': 'application/json', connection: 'close' };
    for (const type of ['string', 'long'])
      await fetch(`${subjects()}/${type}-value/versions`, {
        method: 'POST',
        headers,
        body: JSON.stringify({ schema: JSON.stringify({ type }) }),
      });
    const registered = async (): Promise<unknown> =>
      (await fetch(`${subjects()}/long-value/versions/1`, { headers })).json();
    const before = await registered();
    expect(before).to.include({ subject: 'long-value', id: 2 });
    expect(stack('down').status).to.equal(0);
    expect(stack('up').status).to.equal(0);
    started();
    expect(await registered()).to.deep.equal(before);
    expect(stack('down', '--wipe').status).to.equal(0);
    expect(existsSync(join(checkout, '.stack/registry'))).to.equal(false);
    expect(existsSync(join(checkout, '.stack/secure'))).to.equal(false);
  });

  it('ends what it has started when it is interrupted half-way', async () => {
    const up = spawn(...command('up'), { cwd: checkout, stdio: 'ignore' });
    const ended = new Promise<number | null>((resolve) => up.once('exit', resolve));
    const deadline = Date.now() + 60_000;
    while (started().length === 0 && Date.now() < deadline) await sleep(20);
    up.kill('SIGINT');
    expect(await ended).to.equal(130);
    expect(everStarted.filter(isRunning)).to.deep.equal([]);
  });

  it('takes down what an `up` that was killed half-way has left', async () => {
    const up = spawn(...command('up'), { cwd: checkout, stdio: 'ignore' });
    const ended = new Promise((resolve) => up.once('exit', resolve));
    const deadline = Date.now() + 60_000;
    while (started().length < SERVERS.length && Date.now() < deadline) await sleep(20);
    up.kill('SIGKILL');
    await ended;
    expect(stack('down', '--wipe').status).to.equal(0);
    expect(everStarted.filter(isRunning)).to.deep.equal([]);
    expect(existsSync(join(checkout, '.stack/postgres'))).to.equal(false);
  });
});
