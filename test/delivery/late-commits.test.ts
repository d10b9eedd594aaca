import { expect } from 'chai';
import { expectAllIsWell } from '../support/all-is-well.ts';
import { manyCommands } from '../support/commands.ts';
import { createDeployment, type Deployment } from '../support/deployment.ts';
import { until } from '../support/condition.ts';
import { removeDeadMembers } from '../support/dead-members.ts';
import { ERROR_CODES } from '../support/kafka-proxy/error-codes.ts';
import { endTxnErrorIn, inTransaction } from '../support/kafka-proxy/matches.ts';
import { startKafkaProxy, type KafkaProxy } from '../support/kafka-proxy/kafka-proxy.ts';
import { createHold } from '../support/proxy/faults.ts';

describe('a commit that the broker gets late or never', function () {
  this.timeout(120_000);
  let deployment: Deployment;
  let proxy: KafkaProxy;
  beforeEach(async () => {
    [deployment, proxy] = await Promise.all([createDeployment(1), startKafkaProxy()]);
  });
  afterEach(async () => {
    await deployment.remove();
    await proxy.close();
  });

  const serve = () => deployment.serve({ KAFKA_BROKERS: proxy.brokers });

  /** An `EndTxn` that stays in the network when its connection is lost, until the test releases it. */
  const delayCommit = () => {
    const hold = createHold();
    const errors: number[] = [];
    proxy.inject({
      when: inTransaction('EndTxn'),
      times: 1,
      question: (request) => {
        request.loseClient();
        return hold.keep();
      },
      answer: (_, answer) => {
        errors.push(endTxnErrorIn(answer));
        return 'forward';
      },
    });
    const arriveAtLast = async (): Promise<void> => {
      hold.release();
      await until('the broker has answered the late commit', () => errors.length > 0);
      expect(errors[0]).to.be.oneOf([ERROR_CODES.INVALID_PRODUCER_EPOCH, ERROR_CODES.PRODUCER_FENCED]);
    };
    return { arrived: hold.arrived, arriveAtLast };
  };

  it('loses nothing when it never arrives, again and again', async () => {
    let ends = 0;
    const lost = proxy.inject({
      when: (request) => inTransaction('EndTxn')(request) && ends++ % 2 === 0,
      question: () => 'cut',
    });
    await serve();
    for (let portion = 0; portion < 12; portion++) {
      await deployment.publish(...manyCommands(10, portion * 10));
      await deployment.settled();
    }
    expect(lost.fired(), 'commits lost').to.be.at.least(12);
    await expectAllIsWell(deployment);
  });

  it('changes nothing when it arrives after its successor has committed', async () => {
    const late = delayCommit();
    await serve();
    await deployment.publish(...manyCommands(100));
    await late.arrived;
    await deployment.settled();
    await late.arriveAtLast();
    await deployment.publish(...manyCommands(100, 100));
    await deployment.settled();
    await expectAllIsWell(deployment);
  });

  it('changes nothing when it arrives amid the transaction of its successor', async () => {
    const late = delayCommit();
    const successor = createHold();
    await serve();
    await deployment.publish(...manyCommands(100));
    await late.arrived;
    proxy.inject({ when: inTransaction('AddOffsetsToTxn'), times: 1, question: successor.keep });
    await successor.arrived;
    await late.arriveAtLast();
    expect(await committedOffset(deployment), 'committed by the late one').to.equal('-1');
    successor.release();
    await deployment.settled();
    await expectAllIsWell(deployment);
  });

  it('changes nothing when its sender was killed and another process has taken over', async () => {
    const late = delayCommit();
    const first = await serve();
    await deployment.publish(...manyCommands(100));
    await late.arrived;
    first.signal('SIGKILL');
    await first.exited;
    await removeDeadMembers(deployment);
    await serve();
    await deployment.settled();
    await late.arriveAtLast();
    await deployment.publish(...manyCommands(100, 100));
    await deployment.settled();
    await expectAllIsWell(deployment);
  });
});

const committedOffset = async ({ admin, groupId, names }: Deployment): Promise<string | undefined> => {
  const [topic] = await admin.fetchOffsets({ groupId, topics: [names.requested] });
  return topic?.partitions[0]?.offset;
};
