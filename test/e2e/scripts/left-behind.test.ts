import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { identify, isRunning } from '../../../scripts/process-identity.mjs';
import type { ProcessIdentity } from '../../../scripts/process-identity.mjs';
import { root } from '../../../scripts/stack/folders.ts';
import { endProcess } from '../../../scripts/stack/processes.ts';
import { descendantsOf } from '../../../scripts/stack/process-tree.ts';
import { until } from '../../support/condition.ts';
import { createDeployment, type Deployment } from '../../support/deployment.ts';
import { testKafka } from '../../support/topics.ts';

describe('nothing is left behind', function () {
  this.timeout(240_000);
  let started: ProcessIdentity[];
  beforeEach(() => {
    started = [];
  });
  afterEach(async () => {
    for (const identity of started) await endProcess(identity, ['SIGKILL']);
  });

  const familyOf = (child: ChildProcess): ProcessIdentity[] => {
    const own = identify(child.pid ?? 0);
    const family = [...(own === undefined ? [] : [own]), ...descendantsOf(child.pid ?? 0)];
    started.push(...family);
    return family;
  };

  describe('of `npx runclose serve`', () => {
    let deployment: Deployment;
    before(async () => {
      deployment = await createDeployment(1);
    });
    after(() => deployment.remove());

    it('when npx gets SIGTERM', async () => {
      const npx = spawn('npx', ['runclose', 'serve'], {
        cwd: root,
        env: { ...process.env, ...deployment.env },
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      let log = '';
      npx.stdout.on('data', (chunk: Buffer) => (log += chunk.toString()));
      await until('it serves', () => log.includes('"serving"'), 60_000);
      const family = familyOf(npx);
      expect(family.length).to.be.greaterThan(1);
      npx.kill('SIGTERM');
      await until('all of it is gone', () => !family.some(isRunning), 30_000);
      expect(log).to.include('"drained"');
    });
  });

  describe('of `npm run demo`', () => {
    const record = join(root, '.stack/demo/sandbox.json');
    const topicsOf = async (prefix: string): Promise<readonly string[]> => {
      const admin = testKafka().admin();
      await admin.connect();
      try {
        return (await admin.listTopics()).filter((topic) => topic.startsWith(prefix));
      } finally {
        await admin.disconnect();
      }
    };

    /** Resolves when the demo has started a `serve`. */
    const startDemo = async () => {
      const demo = spawn('npm', ['run', 'demo'], { cwd: root, stdio: ['ignore', 'pipe', 'ignore'] });
      const exited = once(demo, 'exit') as Promise<[number | null]>;
      let said = '';
      demo.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
      await until('serve is ready', () => said.includes('ready, as process'), 120_000);
      const { name, serve } = JSON.parse(readFileSync(record, 'utf8')) as {
        name: string;
        serve: ProcessIdentity;
      };
      const family = [...familyOf(demo), serve];
      started.push(serve);
      expect(await topicsOf(`${name}.`)).to.have.length(5);
      return { demo, exited, name, family };
    };
    const expectNothingOf = async (name: string, family: readonly ProcessIdentity[]): Promise<void> => {
      await until('all processes are gone', () => !family.some(isRunning), 60_000);
      expect(existsSync(record)).to.equal(false);
      expect(await topicsOf(`${name}.`)).to.deep.equal([]);
    };

    it('whose reader leaves, as `| head` does', async () => {
      const { demo, exited, name, family } = await startDemo();
      demo.stdout.destroy();
      expect(await exited).to.deep.equal([0, null]);
      await expectNothingOf(name, family);
    });

    it('that gets SIGTERM', async () => {
      const { demo, exited, name, family } = await startDemo();
      demo.kill('SIGTERM');
      await exited;
      await expectNothingOf(name, family);
    });
  });
});
