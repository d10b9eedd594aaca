import { expect } from 'chai';
import { setTimeout as sleep } from 'node:timers/promises';
import { createRunEventsSubscriber } from '../../src/sdk/run-events-subscriber.ts';
import { manyCommands } from '../support/commands.ts';
import { until } from '../support/condition.ts';
import { createDeployment, type Deployment } from '../support/deployment.ts';
import { startKafkaProxy, type KafkaProxy } from '../support/kafka-proxy/kafka-proxy.ts';
import { fetchesCommands, inTransaction } from '../support/kafka-proxy/matches.ts';
import { readFields } from '../support/kafka-proxy/fields.ts';
import type { KafkaRequest } from '../support/kafka-proxy/request.ts';
import { expectPromisesKept } from '../support/promises.ts';
import { createHold, type Fault } from '../support/proxy/faults.ts';
import { registrySettings } from '../support/registry.ts';
import { startProcess, followServe, exitOf } from '../support/serve-process.ts';

/** The group waits for a member that did not leave until its session expires, after 30 s. */
const NEXT_OWNER_WITHIN_MS = 12_000;

/** JoinGroup, group, two time-outs, and the member id, which the first request of a member lacks. */
const joinsAsMember = ({ api, body }: KafkaRequest): boolean => {
  if (api !== 'JoinGroup') return false;
  const fields = readFields(body);
  fields.string();
  fields.skip(4 + 4);
  return fields.string() !== '';
};

type Kept = Pick<Fault<KafkaRequest>, 'when'> & { readonly keep: 'question' | 'answer' };

const STAGES: Readonly<Record<string, Kept>> = {
  'while the group has not let it in': { when: joinsAsMember, keep: 'answer' },
  'while it waits for its partitions': { when: ({ api }) => api === 'SyncGroup', keep: 'answer' },
  'while its first fetch is under way': { when: fetchesCommands, keep: 'answer' },
  'while it fences the former owner': { when: inTransaction('InitProducerId'), keep: 'question' },
};

describe('a processor that is told to stop before it works leaves no ghost in its group', function () {
  this.timeout(120_000);
  let deployment: Deployment;
  let proxy: KafkaProxy;
  beforeEach(async () => {
    [deployment, proxy] = await Promise.all([createDeployment(2), startKafkaProxy()]);
  });
  afterEach(async () => {
    await deployment.remove();
    await proxy.close();
  });

  const members = async (groupId = deployment.groupId): Promise<number> => {
    const { groups } = await deployment.admin.describeGroups([groupId]);
    return groups[0]?.members.length ?? 0;
  };

  const expectNextOwnerSoon = async (): Promise<void> => {
    expect(await members(), 'members left').to.equal(0);
    await deployment.serve();
    await deployment.publish(...manyCommands(20, 20));
    await deployment.settled(NEXT_OWNER_WITHIN_MS);
    await expectPromisesKept(deployment);
  };

  const start = (env: Readonly<Record<string, string>> = {}) => {
    const child = startProcess(['serve'], { ...deployment.env, KAFKA_BROKERS: proxy.brokers, ...env });
    const { signal } = followServe(child);
    return { signal, exited: exitOf(child) };
  };

  for (const [stage, { when, keep }] of Object.entries(STAGES)) {
    it(stage, async () => {
      await deployment.publish(...manyCommands(20));
      const hold = createHold();
      const kept = proxy.inject({ when, [keep]: hold.keep });
      const serving = start();
      await hold.arrived;
      serving.signal('SIGTERM');
      // An answer that was held back comes late, but it comes.
      const late = sleep(6_000).then(() => {
        kept.remove();
        hold.release();
      });
      expect(await serving.exited, 'exit code').to.be.oneOf([0, 1]);
      await late;
      await expectNextOwnerSoon();
    });
  }

  it('at any moment of its start', async () => {
    for (let after = 300; after < 2_400; after += 150) {
      const serving = start();
      await sleep(after);
      serving.signal('SIGTERM');
      // Until the program listens for the signal, the signal ends Node. Until `serve` listens for it, it interrupts the command.
      expect(await serving.exited, `exit code after ${String(after)} ms`).to.be.oneOf([0, 130, null]);
      expect(await members(), `members left after ${String(after)} ms`).to.equal(0);
    }
    await deployment.publish(...manyCommands(20));
    await expectNextOwnerSoon();
  });

  it('and neither does a subscriber', async () => {
    const hold = createHold();
    proxy.inject({ when: joinsAsMember, times: 1, answer: hold.keep });
    const groupId = `${deployment.groupId}.reader`;
    const subscriber = createRunEventsSubscriber({
      kafka: { brokers: proxy.brokers.split(','), clientId: 'reader' },
      registry: registrySettings(),
      topicPrefix: deployment.env['TOPIC_PREFIX']!,
      groupId,
      handlers: { 'run.closed': () => undefined },
      onUndecodable: () => undefined,
    });
    const running = subscriber.run();
    await hold.arrived;
    await until('the member has joined', async () => (await members(groupId)) === 1);
    const stopping = subscriber.stop();
    await until('the member has left', async () => (await members(groupId)) === 0, 5_000);
    hold.release();
    await Promise.all([stopping, running]);
    expect(await members(groupId)).to.equal(0);
  });
});
