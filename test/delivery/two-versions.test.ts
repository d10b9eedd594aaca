import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { contentHash } from '../../src/processor/content-hash.ts';
import { withBug } from '../support/bugs.ts';
import { aCommand, manyCommands } from '../support/commands.ts';
import { createDeployment, type Deployment } from '../support/deployment.ts';
import { createOtherVersion, type OtherVersion } from '../support/other-version.ts';
import { expectPromisesKept, expectSameForKafkasOwnReader } from '../support/promises.ts';

/** So long would the group wait for a member that has not left. */
const SESSION_MS = 30_000;

describe('another version of the processor', function () {
  this.timeout(120_000);
  let deployment: Deployment;
  let newer: OtherVersion;
  before(() => {
    newer = createOtherVersion();
  });
  after(() => {
    newer.remove();
  });
  beforeEach(async () => {
    deployment = await createDeployment(4);
  });
  afterEach(() => deployment.remove());

  const closedIn = async (words: 'goes' | 'trot'): Promise<number> =>
    (await deployment.read(deployment.names.closed)).filter(({ value }) => value!.includes(` ${words}`))
      .length;

  it('works beside the older version, and each command has one outcome, in the words of either version', async () => {
    const older = await deployment.serve();
    await deployment.publish(...manyCommands(1_000));
    await deployment.serve({}, { main: newer.main });
    await deployment.publish(...manyCommands(2_000, 1_000));
    await deployment.settled();
    older.signal('SIGTERM');
    await deployment.publish(...manyCommands(1_000, 3_000));
    expect(await older.exited).to.equal(0);
    await deployment.settled();

    const outputs = await expectPromisesKept(deployment, newer);
    await expectSameForKafkasOwnReader(deployment, outputs);
    expect(await closedIn('goes'), 'closed by the older').to.be.greaterThan(0);
    expect(await closedIn('trot'), 'closed by the newer').to.be.greaterThan(0);
  });

  it('replaces older ones one after another, and the group never pauses for a whole session', async () => {
    const older = [await deployment.serve(), await deployment.serve()];
    const upgrade = { isOver: false };
    const upgrading = (async () => {
      for (const one of older) {
        await deployment.serve({}, { main: newer.main });
        one.signal('SIGTERM');
        expect(await one.exited).to.equal(0);
      }
    })().finally(() => (upgrade.isOver = true));
    let published = 0;
    for (; !upgrade.isOver; published += 20) {
      await deployment.publish(...manyCommands(20, published));
      await sleep(50);
    }
    await upgrading;
    await deployment.settled();

    await expectPromisesKept(deployment, newer);
    const times = (await deployment.read(deployment.names.closed))
      .map(({ timestamp }) => timestamp)
      .sort((one, other) => one - other);
    const pauses = times.map((time, index) => time - (times[index - 1] ?? time));
    expect(Math.max(...pauses), 'the longest time without an event, in ms').to.be.lessThan(SESSION_MS);
  });

  it('emits what the older version has decided but not emitted, byte for byte', async () => {
    const older = await deployment.serve(...withBug('between the two commits'));
    await deployment.publish({ commandId: 'owed', runId: 'owed', channelId: 'bug' });
    expect(await older.exited).to.equal(1);
    expect(await deployment.outcomes()).to.be.empty;

    await deployment.publish({ commandId: 'next', runId: 'next', channelId: 'bug' });
    await deployment.serve({}, { main: newer.main });
    await deployment.settled();
    await expectPromisesKept(deployment, newer);
    expect([await closedIn('goes'), await closedIn('trot')]).to.deep.equal([1, 1]);
  });

  it('emits decisions of an older one that ignored a field of the command, and raises no alarm', async () => {
    const command = { commandId: 'owed', runId: 'owed', channelId: 'bug', pickupNote: 'At the back door' };
    const older = await deployment.serve(...withBug('between the two commits'));
    await deployment.publish(command);
    expect(await older.exited).to.equal(1);
    expect(await deployment.outcomes()).to.be.empty;
    // The hash of a reader that does not know the field.
    const read = contentHash(aCommand({ ...command, pickupNote: null })).toString('hex');
    await deployment.database.query(`UPDATE runclose.decision SET content_hash = decode('${read}', 'hex')`);

    const serving = await deployment.serve();
    await deployment.settled();
    const outcomes = (await deployment.outcomes()).map((outcome) => outcome.split(' ')[0]);
    expect(outcomes).to.deep.equal(['run.closed', 'run.summary']);
    expect(serving.log.filter(({ code }) => code === 'STORED_COMMAND_DIFFERS')).to.be.empty;
  });
});
