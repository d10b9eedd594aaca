import { existsSync } from 'node:fs';
import { cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { writeMadeHistory } from '../../../scripts/history/made-history.ts';
import { manyCommands } from '../../support/commands.ts';
import { until } from '../../support/condition.ts';
import { createDeployment, type Deployment } from '../../support/deployment.ts';
import { jsonLines, type Json } from '../../support/json-lines.ts';
import { createRawProducer, type RawProducer } from '../../support/raw-producers.ts';
import { runRunclose, startRunclose, type RuncloseProcess } from '../../support/runclose-process.ts';
import { testKafka } from '../../support/topics.ts';

const LONGER_THAN_THE_TEST_MS = 600_000;
const PUBLISHED_AT_ONCE = 100;

describe('replay verify --state', function () {
  this.timeout(240_000);
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'runclose-test-'));
  });
  after(() => rm(folder, { recursive: true }));

  /** Ends it by force as soon as it has written this down, and no sooner. */
  const interrupt = async (
    verifying: RuncloseProcess,
    written: string,
    how: 'kill' | 'interrupt',
  ): Promise<void> => {
    await until(`${written} is written`, () => existsSync(written));
    verifying[how]();
    const { code, stdout, stderr } = await verifying.ended;
    expect(code, stderr).to.equal(how === 'kill' ? null : 130);
    expect(stdout).to.equal('');
    if (how === 'interrupt') expect(stderr).to.include('Interrupted. To resume, run the same command again.');
  };

  describe('of the topics', () => {
    let deployment: Deployment;
    let other: RawProducer;
    let published = 0;

    const publish = async (count: number): Promise<void> => {
      for (let left = count; left > 0; left -= PUBLISHED_AT_ONCE) {
        await deployment.publish(...manyCommands(PUBLISHED_AT_ONCE, published));
        published += PUBLISHED_AT_ONCE;
      }
      await deployment.settled();
    };

    before(async () => {
      deployment = await createDeployment(2);
      await deployment.serve();
      other = await createRawProducer(
        { client: testKafka(), groupId: deployment.groupId },
        'other',
        LONGER_THAN_THE_TEST_MS,
      );
      await publish(1_200);
    });
    after(async () => {
      await other.close();
      await deployment.remove();
    });

    const args = (state: string, ...more: string[]): readonly string[] => [
      'replay',
      'verify',
      '--state',
      join(folder, state),
      '--json',
      ...more,
    ];

    const resume = async (
      state: string,
    ): Promise<{ code: number | null; stderr: string; summary: Json; found: Json[] }> => {
      const { code, stdout, stderr } = await runRunclose(args(state), deployment.env);
      const objects = jsonLines(stdout);
      const summary = objects.at(-1);
      if (summary === undefined) throw new Error(`nothing was printed: ${stderr}`);
      return { code, stderr, summary, found: objects.slice(0, -1) };
    };

    /** Starts a verification that cannot read all commands, because a transaction is open amid their events. */
    const begin = async (
      state: string,
      { written, how, every }: { written: string; how: 'kill' | 'interrupt'; every: number },
    ): Promise<number> => {
      await other.write(deployment.names.closed, 'of others');
      await publish(300);
      const commands = published;
      const verifying = startRunclose(args(state, '--state-every', String(every)), deployment.env);
      await interrupt(verifying, join(folder, state, 'kept', written), how);
      await other.abort();
      return commands;
    };

    const expectClean = (
      { code, summary, found }: Awaited<ReturnType<typeof resume>>,
      commands: number,
    ): void => {
      expect(found).to.deep.equal([]);
      expect(summary).to.deep.include({ commands, channels: 20, divergences: 0, unchecked: [] });
      expect(summary['compared']).to.deep.include({ ledgers: 20 });
      expect(code).to.equal(0);
    };

    it('resumes after kill -9 and ends at the same position, whatever was decided, set and forgotten since', async () => {
      const commands = await begin('killed', { written: 'all.checkpoint', how: 'kill', every: 0 });
      await publish(200);
      const set = await deployment.runclose('channel', 'set', 'C2', '--policy', 'least-recent');
      expect(set.code, set.stderr).to.equal(0);
      await publish(200);
      const forgotten = await deployment.runclose('forget', '--user', 'U2', '--yes');
      expect(forgotten.code, forgotten.stderr).to.equal(0);

      const resumed = await resume('killed');
      expectClean(resumed, commands);
      expect(resumed.stderr).to.match(/^Resuming after [1-9][\d,]* commands/m);
      expect(resumed.summary['forgotten']).to.not.deep.equal({ everybody: 0, somePeople: 0 });
      expect(await readdir(join(folder, 'killed'))).to.deep.equal([]);

      expectClean(await resume('killed'), published);
    });

    it('ends at the same position, even if it was killed before it verified anything', async () => {
      const commands = await begin('at-once', { written: 'ranges.json', how: 'kill', every: 86_400 });
      await publish(200);
      const resumed = await resume('at-once');
      expect(resumed.stderr).to.not.include('Resuming after');
      expectClean(resumed, commands);
    });

    it('resumes after Ctrl-C without the commands that it has read, but needs the others', async () => {
      const { admin, names, env } = deployment;
      const commands = await begin('interrupted', { written: 'all.checkpoint', how: 'interrupt', every: 0 });
      await cp(join(folder, 'interrupted'), join(folder, 'too-late'), { recursive: true });
      const another = await runRunclose(args('interrupted', '--channel', 'C1'), env);
      expect(another.code).to.equal(64);
      expect(another.stderr).to.include('--channel (none then, C1 now)');

      const remove = (offset: string) =>
        admin.deleteTopicRecords({
          topic: names.requested,
          partitions: [0, 1].map((partition) => ({ partition, offset })),
        });
      await remove('20');
      expectClean(await resume('interrupted'), commands);

      await remove('-1');
      const refused = await runRunclose(args('too-late'), env);
      expect(refused.code).to.equal(1);
      expect(refused.stderr)
        .to.include('removed before they were read: start again from the beginning')
        .and.to.include('--state');
    });
  });

  describe('of a file', () => {
    let file: string;
    let whole: Json[];
    before(async () => {
      file = join(folder, 'history.avro');
      await writeMadeHistory(file, { commands: 8_000, channels: 60, seed: 1 });
      const { code, stdout, stderr } = await runRunclose(verify(), {});
      expect(code, stderr).to.equal(0);
      whole = jsonLines(stdout);
    });

    const verify = (...more: string[]): readonly string[] => [
      'replay',
      'verify',
      '--file',
      file,
      '--no-database',
      '--json',
      ...more,
    ];

    for (const how of ['kill', 'interrupt'] as const)
      it(`resumes after ${how === 'kill' ? 'kill -9' : 'Ctrl-C'}, with the same result as one without a break`, async () => {
        const state = join(folder, `file-${how}`);
        const verifying = startRunclose(verify('--state', state, '--state-every', '0'), {});
        await interrupt(verifying, join(state, 'kept', '0.checkpoint'), how);
        const { code, stdout, stderr } = await runRunclose(verify('--state', state), {});
        expect(code, stderr).to.equal(0);
        expect(stderr).to.match(/^Resuming after [1-9][\d,]* commands/m);
        expect(jsonLines(stdout)).to.deep.equal(whole);
        expect(await readdir(state)).to.deep.equal([]);
      });
  });
});
