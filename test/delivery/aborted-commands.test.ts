import { expect } from 'chai';
import { createDeployment, type Deployment } from '../support/deployment.ts';
import { readHeadersWithKafka } from '../support/kafka-tools.ts';
import { expectPromisesKept, expectSameForKafkasOwnReader } from '../support/promises.ts';
import { createRawProducer, type RawProducer } from '../support/raw-producers.ts';
import { testKafka } from '../support/topics.ts';

describe('a command of an aborted transaction is never executed', function () {
  this.timeout(90_000);
  let deployment: Deployment;
  let one: RawProducer;
  let two: RawProducer;
  before(async () => {
    deployment = await createDeployment(1);
    const upstream = { client: testKafka(), groupId: deployment.groupId };
    [one, two] = await Promise.all([createRawProducer(upstream, 'one'), createRawProducer(upstream, 'two')]);
    await deployment.serve();
  });
  after(async () => {
    await Promise.all([one.close(), two.close()]);
    await deployment.remove();
  });

  const write = async (producer: RawProducer, id: string): Promise<void> => {
    const value = await deployment.encode({ commandId: id, runId: id });
    await producer.write(deployment.names.requested, value, { key: Buffer.from('C1') });
  };

  it('however the transactions of two producers overlap', async () => {
    // Of two open transactions the one that began first ends last, and the other way round, so that markers and begins stand in
    // other orders than the records.
    for (let round = 0; round < 12; round++) {
      const id = (name: string): string => `${name}-${String(round)}`;
      await write(one, id('one-a'));
      await write(two, id('two-a'));
      await write(one, id('one-b'));
      await write(two, id('two-b'));
      const [first, last] = round % 2 === 0 ? [one, two] : [two, one];
      await (round % 3 === 0 ? first.commit() : first.abort());
      await write(first, id('late'));
      await (round % 4 === 0 ? last.commit() : last.abort());
      await (round % 5 === 0 ? first.commit() : first.abort());
    }
    await deployment.publish({ commandId: 'plain', runId: 'plain' });
    await deployment.settled();
    const outputs = await expectPromisesKept(deployment);
    await expectSameForKafkasOwnReader(deployment, outputs);

    // What Kafka's own reader makes of the input is what was executed.
    const commands = await deployment.read(deployment.names.requested);
    expect(commands.length).to.equal(8 + 6 + 3 + 1);
    const seen = await readHeadersWithKafka([deployment.names.requested], {
      brokers: deployment.brokers,
      records: commands.length,
    });
    expect(seen).to.have.length(commands.length);
    const [{ closed } = { closed: 0 }] = await deployment.database.query(
      'SELECT count(*)::int AS closed FROM runclose.decision',
    );
    expect(closed).to.equal(commands.length);
  });

  it('and if the last records of a partition are all aborted, the group still reaches the end', async () => {
    await write(one, 'never');
    await write(two, 'never either');
    await one.abort();
    await two.abort();
    await deployment.settled();
    const { stdout } = await deployment.runclose('status', '--json');
    expect(JSON.parse(stdout)).to.include({ partition: 0, lagRecords: 0 });
    await expectPromisesKept(deployment);
  });
});
