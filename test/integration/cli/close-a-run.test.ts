import { expect } from 'chai';
import { until } from '../../support/condition.ts';
import { createDeployment, type Deployment } from '../../support/deployment.ts';
import { runRunclose, startRunclose, type Ended } from '../../support/runclose-process.ts';
import { jsonLines, type Json } from '../../support/json-lines.ts';

const person = (userId: string, displayName: string, more: object = {}): object => ({
  orderId: `o-${userId}`,
  userId,
  displayName,
  text: 'Flat white',
  submittedAt: '2026-03-02T08:01:00Z',
  ...more,
});

const close = (commandId: string, runId: string, more: object = {}): string =>
  JSON.stringify({
    commandId,
    runId,
    channelId: 'C1',
    initiatorUserId: 'U1',
    actorUserId: 'U1',
    requestedAt: '2026-03-02T08:15:00Z',
    orders: [person('U1', 'Dana'), person('U2', 'Ben'), person('U3', 'Eli', { canRun: false })],
    ...more,
  });

describe('The command line around a running processor', function () {
  this.timeout(120_000);
  let deployment: Deployment;

  before(async () => {
    deployment = await createDeployment(2);
    await deployment.serve();
    const input = [
      close('c1', 'R1'),
      close('c1', 'R1', { requestedAt: undefined, correlationId: 'second try' }),
      close('c2', 'R1'),
      close('c3', 'R2', { actorUserId: 'U9' }),
      close('c1', 'R1', { pickupNote: 'other content' }),
      close('c4', 'R3', { orders: [], initiatorUserId: '' }),
    ];
    requested = await runclose(['request', '-', '--wait', '--json'], input.join('\n'));
    await deployment.publish(Buffer.from('garbage'));
    await deployment.settled();
  });
  after(() => deployment.remove());

  let requested: Ended;

  const runclose = (args: readonly string[], stdin = ''): Promise<Ended> =>
    runRunclose(args, deployment.env, stdin);

  const objects = ({ code, stdout, stderr }: Ended): Json[] => {
    expect(code, stderr).to.equal(0);
    return jsonLines(stdout);
  };

  describe('request --wait', () => {
    it('prints one object for each command, with its outcome', () => {
      const outcomes = objects(requested).sort((a, b) => Number(a['offset']) - Number(b['offset']));
      expect(outcomes.map(({ commandId, outcome, reason }) => [commandId, outcome, reason])).to.deep.equal([
        ['c1', 'closed', undefined],
        ['c1', 'duplicate', undefined],
        ['c2', 'rejected', 'RUN_ALREADY_CLOSED'],
        ['c3', 'rejected', 'UNAUTHORIZED'],
        ['c1', 'rejected', 'COMMAND_ID_REUSED'],
        ['c4', 'rejected', 'INVALID_COMMAND'],
      ]);
      expect(outcomes[0]).to.include({
        channelId: 'C1',
        runId: 'R1',
        requestedAt: '2026-03-02T08:15:00.000Z',
        sequence: 1,
      });
    });

    it('fills in what is absent, and prints it', async () => {
      const command = close('', 'R9', { commandId: undefined, requestedAt: undefined, channelId: 'C9' });
      const [outcome] = objects(await runclose(['request', '-', '--wait', '--json'], command));
      expect(outcome?.['outcome']).to.equal('closed');
      expect(outcome?.['commandId']).to.match(/^[0-9a-f-]{36}$/);
      expect(outcome?.['requestedAt']).to.match(/^20\d\d-.*Z$/);
    });

    it('prints the ids of commands without an outcome when it is interrupted', async () => {
      const nobody = { ...deployment.env, KAFKA_GROUP_ID: 'nobody' };
      const command = close('', 'R10', { commandId: undefined, channelId: 'C10' });
      const requesting = startRunclose(['request', '-', '--wait', '--json'], nobody, command);
      await until('it is published', async () =>
        (await deployment.read(deployment.names.requested)).some(({ key }) => key?.toString() === 'C10'),
      );
      requesting.interrupt();
      const { code, stderr } = await requesting.ended;
      expect(code).to.equal(130);
      expect(stderr).to.match(
        /^[0-9a-f-]{36} of C10 (is published at .*; its outcome is not known yet|may have been published: .*)$/m,
      );
    });

    it('says so, and exits with 1, when there is no outcome in time', async () => {
      const elsewhere = { ...deployment.env, KAFKA_GROUP_ID: 'nobody-serves-this-group' };
      const { code, stdout, stderr } = await runRunclose(
        ['request', '-', '--wait', '--timeout', '1', '--json'],
        elsewhere,
        close('c1', 'R1'),
      );
      expect(code).to.equal(1);
      expect(JSON.parse(stdout)).to.include({ commandId: 'c1', outcome: 'timeout' });
      expect(stderr).to.include('No outcome yet: 1 of 1');
    });
  });

  for (const args of [
    ['request', '-'],
    ['request', '-', '--wait'],
    ['accept-gap'],
    ['accept-gap', '--yes'],
  ]) {
    it(`${args.join(' ')} says that there is no such topic when TOPIC_PREFIX is mistyped`, async () => {
      const mistyped = { ...deployment.env, TOPIC_PREFIX: 'mistyped.' };
      const { code, stdout, stderr } = await runRunclose(args, mistyped, close('c1', 'R1'));
      expect([code, stdout, stderr]).to.deep.equal([
        78,
        '',
        'runclose: there is no topic mistyped.run.close.requested: check TOPIC_PREFIX, or run `runclose setup`\n',
      ]);
    });
  }

  it('request prints the position of each command, and does not wait', async () => {
    const [published] = objects(await runclose(['request', '-', '--json'], close('c1', 'R1')));
    expect(published).to.include({ commandId: 'c1', topic: deployment.names.requested });
    expect(published?.['offset']).to.be.a('number');
  });

  it('preview shows the decision and the texts, and writes nothing', async () => {
    const command = close('p1', 'R4', { channelName: '#coffee' });
    const { code, stdout, stderr } = await runclose(['preview', '-'], command);
    expect([code, stderr]).to.deep.equal([
      0,
      'Nothing was written. To close the runs: runclose request <file> --wait\n',
    ]);
    expect(stdout).to.include('R4 would be run 2 of C1:').and.to.include('│ Coffee run in #coffee:');

    const input = [command, close('p2', 'R4'), close('c1', 'R1'), close('p3', 'R5')].join('\n');
    const previews = objects(await runclose(['preview', '-', '--json'], input));
    expect(previews.map(({ outcome }) => outcome)).to.deep.equal([
      'closed',
      'rejected',
      'duplicate',
      'closed',
    ]);
    expect((previews[3]?.['closed'] as Json)['sequence']).to.equal(3);
    expect(
      objects(await runclose(['fairness', '--channel', 'C1', '--json'])).map(({ attended }) => attended),
    ).to.deep.equal([1, 1, 1]);
  });

  describe('tail', () => {
    it('prints each record as one object, with longs as numbers and times as RFC 3339', async () => {
      const limited = await runclose(['tail', 'run.closed', '--json', '--from', 'beginning', '--limit', '1']);
      expect(objects(limited)).to.have.length(1);

      const records = objects(await runclose(['tail', 'run.closed', '--json', '--until-end']));
      const { topic, partition, offset, key, headers, value } =
        records.find((it) => it['key'] === 'C1') ?? {};
      expect([topic, key]).to.deep.equal([deployment.names.closed, 'C1']);
      expect(partition).to.be.a('number');
      expect(offset).to.be.a('number');
      expect(headers).to.include({ ce_type: 'run.closed', 'causation-id': 'c1' });
      expect(value).to.include({ runId: 'R1', sequence: 1, closedAt: '2026-03-02T08:15:00.000Z' });
    });

    it('reads all topics to their end, dead letters included', async () => {
      const records = objects(await runclose(['tail', '--json', '--until-end']));
      const dead = records.filter(({ topic }) => topic === deployment.names.deadLetters);
      expect(dead.map(({ value }) => value)).to.deep.equal([Buffer.from('garbage').toString('base64')]);
      expect(dead[0]?.['headers']).to.include({
        '__connect.errors.exception.class.name': 'WRONG_MAGIC_BYTE',
      });
      expect(new Set(records.map(({ topic }) => topic)).size).to.equal(5);

      const { stdout } = await runclose([
        'tail',
        'run.close.rejected',
        'run.close.requested.dlq',
        '--until-end',
      ]);
      expect(stdout)
        .to.include('did not close R1: RUN_ALREADY_CLOSED')
        .and.to.match(/7 bytes: not Avro with a schema id: the first byte is/);
    });

    it('follows what comes, until Ctrl-C ends it with 130', async () => {
      const tail = startRunclose(['tail', 'run.closed', '--json'], deployment.env);
      await until('it follows', () => tail.stderr().includes('Following'));
      await runclose(['request', '-', '--wait'], close('c8', 'R8', { channelId: 'C8' }));
      await until('the event is shown', () => tail.stdout().includes('"R8"'));
      tail.interrupt();
      const { code, stdout } = await tail.ended;
      expect(code).to.equal(130);
      expect(stdout.trimEnd().split('\n')).to.have.length(1);
    });

    it('starts at a time', async () => {
      const future = new Date(Date.now() + 60_000).toISOString();
      expect(objects(await runclose(['tail', '--json', '--until-end', '--from', future]))).to.deep.equal([]);
    });

    it('counts as success if its reader closes the pipe', async () => {
      const tail = startRunclose(['tail', '--from', 'beginning'], deployment.env);
      await until('it prints', () => tail.stdout() !== '');
      tail.stopReading();
      await runclose(['request', '-', '--wait'], close('c10', 'R10', { channelId: 'C10' }));
      const { code, stderr } = await tail.ended;
      expect(code).to.equal(0);
      expect(stderr).not.to.include('EPIPE');
    });
  });

  describe('explain', () => {
    it('shows why somebody went, as a table and in words', async () => {
      const { code, stdout } = await runclose(['explain', 'R1', '--channel', 'C1']);
      expect(code).to.equal(0);
      expect(stdout).to.match(/^R1 was run 1 of C1, by fair-share:\n/);
      expect(stdout)
        .to.match(/^rank {2}who/m)
        .and.to.match(/Eli +0 +0\.00 +0\.00 {2}never +can't go/);
      expect(stdout)
        .to.match(/(Dana|Ben) goes, by lot: this is the first run here, so everyone starts even\./)
        .and.to.match(/Command c2 did not close R1 in C1: RUN_ALREADY_CLOSED/);
    });

    it('shows the outcome of a command: offsets in and out, policy version, duplicates', async () => {
      const [explained] = objects(
        await runclose(['explain', '--command', 'c1', '--channel', 'C1', '--json']),
      );
      const source = explained?.['source'] as Json;
      expect(explained).to.include({ outcome: 'closed', runId: 'R1', policyVersion: 0, sequence: 1 });
      expect(source['topic']).to.equal(deployment.names.requested);
      const emitted = explained?.['emitted'] as Json[];
      expect(emitted.map(({ topic }) => topic)).to.deep.equal([
        deployment.names.closed,
        deployment.names.summary,
      ]);
      expect(emitted.every(({ partition }) => partition === source['partition'])).to.equal(true);
      const duplicates = explained?.['duplicates'] as Json[];
      expect(duplicates[0]).to.include({ offset: Number(source['offset']) + 1 });
      expect((explained?.['event'] as Json)['closedAt']).to.equal('2026-03-02T08:15:00.000Z');
    });

    it('finds a rejection that claimed no id in its topic', async () => {
      const [explained] = objects(
        await runclose(['explain', '--command', 'c4', '--channel', 'C1', '--json']),
      );
      expect(explained).to.include({ outcome: 'rejected', reason: 'INVALID_COMMAND', runId: 'R3' });
      const { stdout } = await runclose(['explain', '--command', 'c4', '--channel', 'C1']);
      expect(stdout).to.include('did not close R3 in C1: INVALID_COMMAND: initiatorUserId:');
    });

    it('still explains a run if the stored events are gone, because the topic holds the events', async () => {
      await deployment.database.query('DELETE FROM runclose.decision_event');
      const { stdout } = await runclose(['explain', 'R1', '--channel', 'C1']);
      expect(stdout).to.match(/^rank {2}who/m);
    });

    it('names the next commands to try if nothing was decided', async () => {
      const { code, stderr } = await runclose(['explain', 'R77', '--channel', 'C1']);
      expect(code).to.equal(1);
      expect(stderr)
        .to.include('nothing was decided about run R77 in channel C1.')
        .and.to.include('runclose status');
    });

    it('says that there is no such channel, and which was meant', async () => {
      for (const args of [['R1'], ['--command', 'c1']]) {
        const { code, stderr } = await runclose(['explain', ...args, '--channel', 'C-1']);
        expect(code).to.equal(1);
        expect(stderr)
          .to.include('there is no channel C-1: nothing was ever decided in it. Did you mean C1')
          .and.to.not.include('nothing is decided');
      }
      const { code, stdout, stderr } = await runclose(['fairness', '--channel', 'c1']);
      expect({ code, stdout }).to.deep.equal({ code: 1, stdout: '' });
      expect(stderr).to.include('there is no channel c1: nothing was ever decided in it. Did you mean C1');
    });

    it('accepts a policy for a new channel, and says that the channel is new', async () => {
      for (const args of [
        ['fairness', '--channel', 'c1', '--next', 'U1'],
        ['channel', 'get', 'c1'],
        ['channel', 'history', 'c1'],
        ['channel', 'set', 'c1', '--window-runs', '7', '--by', 'ada'],
      ]) {
        const { code, stderr } = await runclose(args);
        expect(code).to.equal(0);
        expect(stderr).to.include('Nothing was ever decided in channel c1. Did you mean C1');
      }
      expect((await runclose(['channel', 'get', 'c1'])).stderr).to.not.include('Did you mean');
    });
  });

  it('fairness shows who made how many runs, and who would go', async () => {
    const members = objects(await runclose(['fairness', '--channel', 'C1', '--json']));
    expect(members.map(({ balance }) => Number(balance)).reduce((sum, each) => sum + each)).to.equal(0);
    expect(members.map(({ served }) => served)).to.deep.equal([0, 0, 1]);

    const { stdout } = await runclose(['fairness', '--channel', 'C1', '--next', 'U3,U4']);
    expect(stdout)
      .to.match(/1 {2}Eli +0 +0\.33 +-0\.33/)
      .and.to.include('Eli goes: 0.33 runs behind (made 0, fair share 0.33); U4 is even.');
  });

  it('status shows who has which partition, and what waits', async () => {
    await deployment.settled();
    const partitions = objects(await runclose(['status', '--json']));
    expect(partitions.map(({ partition, lagRecords }) => [partition, lagRecords])).to.deep.equal([
      [0, 0],
      [1, 0],
    ]);
    expect(partitions.every(({ owner }) => (owner as Json | null)?.['clientId'] === 'runclose')).to.equal(
      true,
    );
    expect(
      partitions.map(({ deadLetters }) => Number(deadLetters)).reduce((sum, each) => sum + each),
    ).to.equal(1);
    const { stderr } = await runclose(['status']);
    expect(stderr).to.include('Nothing waits.').and.to.include('1 dead letter.');
  });

  it('adopt-cluster and accept-gap change nothing if nothing is wrong', async () => {
    const [adopted] = objects(await runclose(['adopt-cluster', '--yes', '--json']));
    expect(adopted).to.include({ topic: deployment.names.requested, done: true });
    expect(adopted?.['retired']).to.deep.equal([]);
    expect(objects(await runclose(['accept-gap', '--json']))).to.deep.equal([]);
  });
});
