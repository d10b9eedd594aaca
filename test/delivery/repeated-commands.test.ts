import { expect } from 'chai';
import { loadSchemas } from '../../src/avro/schema-files.ts';
import type { RunCloseRejected } from '../../src/domain/records.ts';
import { manyCommands } from '../support/commands.ts';
import { createDeployment, type Deployment } from '../support/deployment.ts';
import { expectPromisesKept, expectSameForKafkasOwnReader } from '../support/promises.ts';

describe('a command that comes again leads to nothing more', function () {
  this.timeout(90_000);
  let deployment: Deployment;
  beforeEach(async () => {
    deployment = await createDeployment(1);
  });
  afterEach(() => deployment.remove());

  const again = { commandId: 'again', runId: 'run-again', channelId: 'C1' };

  it('in the same batch, in a later batch, and after a restart', async () => {
    await deployment.publish(again, again, { ...again, commandId: 'between', runId: 'between' }, again);
    const first = await deployment.serve();
    await deployment.settled();
    await deployment.publish(again, ...manyCommands(600), again);
    await deployment.settled();
    first.signal('SIGTERM');
    await first.exited;
    await deployment.publish(again, { ...again, requestedAt: Date.now(), correlationId: 'second try' });
    await deployment.serve();
    await deployment.settled();

    const outputs = await expectPromisesKept(deployment);
    await expectSameForKafkasOwnReader(deployment, outputs);
    const [seenAgain] = await deployment.database.query(
      "SELECT count(*)::int AS times FROM runclose.duplicate_command WHERE command_id = 'again'",
    );
    expect(seenAgain).to.deep.equal({ times: 6 });
  });

  it('yet with other content it is refused, each time; and so is another command for a closed run', async () => {
    await deployment.publish(
      again,
      { ...again, runId: 'another run' },
      { ...again, commandId: 'second', actorUserId: 'U1' },
      { ...again, runId: 'another run' },
      { ...again, channelId: 'C2' },
    );
    const first = await deployment.serve();
    await deployment.settled();
    first.signal('SIGTERM');
    await first.exited;
    await deployment.publish({ ...again, runId: 'another run' }, { ...again, commandId: 'third' });
    await deployment.serve();
    await deployment.settled();

    const outputs = await expectPromisesKept(deployment);
    const { type } = loadSchemas()['run.close.rejected'];
    const reasons = outputs
      .filter(({ topic }) => topic === deployment.names.rejected)
      .map(({ value }) => type.fromBuffer(value!.subarray(5)) as RunCloseRejected)
      .map(({ reason }) => reason);
    expect(reasons).to.deep.equal([
      'COMMAND_ID_REUSED',
      'RUN_ALREADY_CLOSED',
      'COMMAND_ID_REUSED',
      'COMMAND_ID_REUSED',
      'RUN_ALREADY_CLOSED',
    ]);
  });
});
