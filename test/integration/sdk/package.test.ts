import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'chai';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../../', import.meta.url));
const inModules = (path: string): string => join(root, 'node_modules', path);

const USES = `
const publisher = createRunClosePublisher({
  kafka: { brokers: ['127.0.0.1:1'], clientId: 'c' },
  registry: { url: 'http://127.0.0.1:1' },
});
publisher.publish({ runId: 'r', channelId: 'C', initiatorUserId: 'U', actorUserId: 'U', orders: [] }).then(
  () => console.log('published'),
  (error) => console.log(error instanceof PublishFailure, error.code, error.commands.length),
);
`;

const TYPED = `
import { createRunEventsSubscriber, createRunClosePublisher, Failure, PublishFailure, rememberInPostgres } from 'runclose';
import type { RunClosed, RunEventsSubscriberSettings } from 'runclose';

declare const pool: {
  connect(): Promise<{
    readonly processID: number;
    query(text: string, values?: unknown[]): Promise<{ rowCount: number | null; command: string }>;
    release(error?: Error): void;
  }>;
  connect(callback: (error: Error) => void): void;
};

const settings: RunEventsSubscriberSettings = {
  kafka: { brokers: ['127.0.0.1:1'], clientId: 'c' },
  registry: { url: 'http://127.0.0.1:1' },
  groupId: 'g',
  handlers: {
    'run.closed': ({ event }) => {
      const closed: RunClosed = event;
      console.log(closed.sequence.toFixed());
    },
    // @ts-expect-error: a summary has no sequence of texts
    'run.summary': ({ event }) => event.sequence.at(0),
  },
  onUndecodable: () => undefined,
};
createRunEventsSubscriber(settings).run().catch((error: unknown) => {
  if (error instanceof PublishFailure) console.log(error.commands.length);
  if (error instanceof Failure) console.log(error.code);
});
const upstream = async (): Promise<string> => {
  await using publisher = createRunClosePublisher({ ...settings, processorGroupId: 'runclose' });
  const run = { runId: 'r', channelId: 'C', initiatorUserId: 'U', actorUserId: 'U', pickupTime: new Date(), orders: [] };
  const result = await publisher.closeAndWait(run, { timeout: 1_000, signal: AbortSignal.timeout(1_000) });
  switch (result.outcome) {
    case 'closed':
      return result.event.fairness.policy === 'fair-share' ? result.event.runner.userId : '';
    case 'rejected':
      // Another version of the processor may know more reasons.
      return result.event.reason === 'a later reason' ? '' : result.event.reason;
    case 'duplicate':
      return result.first?.outcome ?? '';
    case 'dead-letter':
    case 'timeout':
      return result.message;
  }
};
const downstream = createRunEventsSubscriber({
  kafka: settings.kafka,
  registry: settings.registry,
  groupId: 'g',
  remember: rememberInPostgres({ connect: () => pool.connect(), consumer: 'c' }),
  retries: { attempts: 3, then: 'park', topic: 'parked' },
  handlers: {
    'run.closed': async ({ event }, client) => {
      await client.query('INSERT INTO errand VALUES ($1)', [event.runId]);
      client.processID.toFixed();
    },
  },
  onUndecodable: () => undefined,
});
void upstream().then(() => downstream.ready);
// @ts-expect-error: a channel is a text
void createRunClosePublisher(settings).publish({ channelId: 1 });
`;

describe('The package, as it is packed', function () {
  this.timeout(60_000);
  let folder: string;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'runclose-package-'));
    const packed = join(folder, 'node_modules', 'runclose');
    mkdirSync(packed, { recursive: true });
    const { stdout } = await run('npm', ['pack', '--ignore-scripts', '--pack-destination', folder], {
      cwd: root,
    });
    const archive = join(folder, stdout.trim().split('\n').at(-1) ?? '');
    await run('tar', ['-xzf', archive, '-C', packed, '--strip-components=1']);
    for (const name of readdirSync(inModules('.')))
      if (!name.startsWith('.')) symlinkSync(inModules(name), join(folder, 'node_modules', name));
    writeFileSync(join(folder, 'package.json'), '{}');
    for (const file of ['typed.ts', 'typed.cts', 'typed.mts']) writeFileSync(join(folder, file), TYPED);
    const names = '{ createRunClosePublisher, PublishFailure }';
    writeFileSync(join(folder, 'app.mjs'), `import ${names} from 'runclose';${USES}`);
    writeFileSync(join(folder, 'app.cjs'), `const ${names} = require('runclose');${USES}`);
  });

  after(() => {
    rmSync(folder, { recursive: true });
  });

  const compile = (...args: readonly string[]) =>
    run(
      process.execPath,
      [
        inModules('typescript/bin/tsc'),
        '--noEmit',
        '--strict',
        '--lib',
        'es2023',
        '--types',
        'node',
        ...args,
      ],
      {
        cwd: folder,
      },
    ).catch((error: unknown) => expect.fail((error as { stdout: string }).stdout));

  for (const [kind, ...args] of [
    [
      'CommonJS as node10 resolves it',
      '--ignoreDeprecations',
      '6.0',
      '--module',
      'commonjs',
      '--moduleResolution',
      'node10',
      'typed.ts',
    ],
    ['CommonJS and ES modules as node16 does', '--module', 'node16', 'typed.cts', 'typed.mts'],
    ['ES modules for a bundler', '--module', 'esnext', '--moduleResolution', 'bundler', 'typed.ts'],
  ] as const) {
    it(`has its types for ${kind}`, async () => {
      await compile(...args);
    });
  }

  const outputOf = async (file: string): Promise<string> =>
    (await run(process.execPath, [join(folder, file)], { cwd: folder })).stdout;

  for (const file of ['app.mjs', 'app.cjs']) {
    it(`is loaded by ${file === 'app.mjs' ? 'import' : 'require'}`, async () => {
      expect(await outputOf(file)).to.equal('true REGISTRY_UNAVAILABLE 1\n');
    });
  }

  it('loads each command with its packages behind symbolic links, and its output in a pipe', async () => {
    const main = join(folder, 'node_modules/runclose/dist/cli/main.js');
    const ended = await run(process.execPath, [main, 'replay', 'verify'], {
      cwd: folder,
      env: { PATH: process.env['PATH'] },
    }).catch((error: unknown) => error as { code: number; stderr: string });
    expect(ended).to.include({ code: 78 });
    expect(ended.stderr).to.include('KAFKA_BROKERS is not set');
  });

  // The packages in CommonJS that an ES module takes in ask for Node's modules by `require`.
  const banner = `import { createRequire as requiring } from 'node:module'; const require = requiring(import.meta.url);`;
  for (const [format, file, ...args] of [
    ['cjs', 'bundle.cjs'],
    ['esm', 'bundle.mjs', `--banner:js=${banner}`],
  ] as const) {
    it(`may be part of a bundle: ${format}`, async () => {
      const bundling = ['app.mjs', '--bundle', '--platform=node', `--format=${format}`, `--outfile=${file}`];
      await run(inModules('.bin/esbuild'), [...bundling, '--log-level=error', ...args], { cwd: folder });
      expect(await outputOf(file)).to.equal('true REGISTRY_UNAVAILABLE 1\n');
    });
  }
});
