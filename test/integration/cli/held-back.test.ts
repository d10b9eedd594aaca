import { expect } from 'chai';
import { writeFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDeployment, type Deployment, type Serving } from '../../support/deployment.ts';
import { createRawProducer, type RawProducer } from '../../support/raw-producers.ts';
import { untilLogged } from '../../support/serve-process.ts';
import { expectShown } from '../../support/shown-alarms.ts';
import { testKafka } from '../../support/topics.ts';

describe('commands behind an open transaction of their publisher', function () {
  this.timeout(120_000);
  const folder = mkdtempSync(join(tmpdir(), 'runclose-held-'));
  let deployment: Deployment;
  let serving: Serving;
  let publisher: RawProducer;
  let intruder: RawProducer;
  let began: number;

  before(async () => {
    deployment = await createDeployment(1);
    publisher = await createRawProducer(
      { client: testKafka(), groupId: deployment.groupId },
      'upstream',
      300_000,
    );
    intruder = await createRawProducer(
      { client: testKafka(), groupId: deployment.groupId },
      'intruder',
      300_000,
    );
    serving = await deployment.serve();
    await deployment.publish({ commandId: 'command-0', runId: 'run-0' });
    await deployment.settled();
    began = Date.now();
    await intruder.write(deployment.names.summary, 'of somebody else');
    const value = await deployment.encode({ commandId: 'command-1', runId: 'run-1' });
    await publisher.write(deployment.names.requested, value, { key: Buffer.from('C1') });
    await deployment.publish({ commandId: 'command-2', runId: 'run-2' });
  });
  after(async () => {
    await Promise.all([publisher.close(), intruder.close()]);
    await deployment.remove();
    rmSync(folder, { recursive: true });
  });

  const transactionalId = (): string => `${deployment.groupId}-upstream`;

  it('count as lag, and `status` says how many are held back, by whom, and since when', async () => {
    const { code, stdout } = await deployment.runclose('status', '--json');
    expect(code).to.equal(0);
    const [{ end, committed, lagRecords, heldBack }] = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>) as [Record<string, unknown>];
    expect({ end, committed, lagRecords }).to.deep.equal({ end: 3, committed: 1, lagRecords: 2 });
    const { records, transactions } = heldBack as {
      records: number;
      transactions: { transactionalId: string; producerId: number; since: string }[];
    };
    expect(records).to.equal(2);
    expect(transactions.map((it) => it.transactionalId)).to.deep.equal([transactionalId()]);
    expect(transactions[0]?.producerId).to.be.a('number');
    expect(Date.parse(transactions[0]?.since ?? '')).to.be.within(began - 1_000, Date.now());

    const { stderr } = await deployment.runclose('status');
    expect(stderr)
      .to.include('2 records wait')
      .and.include(
        `INPUT_HELD_BACK: ${deployment.names.requested}/0 is held back from offset 1 on by an open transaction`,
      )
      .and.include(transactionalId());
  });

  it('are named by `request --wait` when it has waited without an outcome', async () => {
    const file = join(folder, 'close.json');
    const order = { orderId: 'o', userId: 'U1', displayName: 'Ann', text: 'tea', submittedAt: 1_000_000 };
    writeFileSync(
      file,
      JSON.stringify({
        runId: 'run-3',
        channelId: 'C1',
        initiatorUserId: 'U1',
        actorUserId: 'U1',
        orders: [order],
      }),
    );
    const { code, stderr } = await deployment.runclose('request', file, '--wait', '--timeout', '2');
    expect(code, stderr).to.equal(1);
    expect(stderr)
      .to.include(`${deployment.names.requested}/0 is held back from offset 1 on by an open transaction`)
      .and.include(transactionalId());
  });

  it('are logged and metered by the processor', async () => {
    await untilLogged(serving, 'INPUT_HELD_BACK', 60_000);
    const said = serving.log.find(({ code }) => code === 'INPUT_HELD_BACK');
    expect(said?.['msg']).to.include(transactionalId());
    await expectShown(deployment, serving, 'INPUT_HELD_BACK');
    const live = await fetch(`http://127.0.0.1:${String(serving.httpPort)}/health/live`);
    expect(live.status).to.equal(200);
    expect(await live.text()).to.include('partition 0: INPUT_HELD_BACK');
    const metrics = await (await fetch(`http://127.0.0.1:${String(serving.httpPort)}/metrics`)).text();
    expect(metrics)
      .to.match(/^runclose_consumer_lag_records\{partition="0"\} 3$/m)
      .and.match(/^runclose_consumer_held_back_records\{partition="0"\} 3$/m)
      .and.match(/^runclose_consumer_held_back_seconds\{partition="0"\} [1-9]/m);
  });

  it('are distinguished from events that an open transaction in an output holds back', async () => {
    await untilLogged(serving, 'OUTPUT_HELD_BACK', 90_000);
    const said = serving.log.find(({ code }) => code === 'OUTPUT_HELD_BACK');
    expect(said?.['msg'])
      .to.include(`${deployment.names.summary}/0 is held back from offset 2 on by an open transaction`)
      .and.include(`transactional id ${deployment.groupId}-intruder`);
    await expectShown(deployment, serving, 'OUTPUT_HELD_BACK');
    await intruder.abort();
  });

  it('are decided when the transaction has ended', async () => {
    await publisher.commit();
    await deployment.settled();
    const { stdout, stderr } = await deployment.runclose('status');
    expect(stdout + stderr)
      .to.include('Nothing waits.')
      .and.not.include('held back')
      .and.not.include('HELD_BACK');
    expect((await deployment.outcomes()).filter((it) => it.startsWith('run.closed'))).to.have.length(4);
  });
});
