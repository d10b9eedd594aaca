import { expect } from 'chai';
import { anOrder } from '../support/commands.ts';
import { until } from '../support/condition.ts';
import { expectAllIsWell } from '../support/all-is-well.ts';
import { removeDeadMembers } from '../support/dead-members.ts';
import { createDeployment, type Deployment } from '../support/deployment.ts';
import {
  startInstanceBehindProxies,
  type InstanceBehindProxies,
} from '../support/instance-behind-proxies.ts';
import { fetchesCommands, inTransaction } from '../support/kafka-proxy/matches.ts';
import { createHold } from '../support/proxy/faults.ts';
import { channelIn, holdAt, STEPS, type Step } from '../support/steps.ts';

/** How often each step is hit, each time in another partition. A kill costs about 2 s on two cores, and hits each step once. */
const HITS = 20;
// On a loaded machine, some partitions reach their step too late. More kills make up for that.
const MAX_KILLS = 3 * HITS;
/** One partition a step: when each stands at its own, the process is killed. */
const PARTITIONS = STEPS.length;
/** A client that is silent inside a transaction loses it after five seconds, and its partition starts again. */
const ALL_STAND_WITHIN_MS = 8_000;

describe('a processor that is killed, whatever step its work is at', function () {
  this.timeout(15 * 60_000);
  let deployment: Deployment;
  let next: Promise<InstanceBehindProxies>;
  let rounds = 0;
  const hits = new Map<Step | 'resolved', number>();

  /** Starts ahead, since starting takes longest, and waits to join. */
  const startNext = (): void => {
    next = startInstanceBehindProxies(deployment, {
      DATABASE_POOL_SIZE: String(PARTITIONS + 2),
      // All partitions have to be with one member to stand at their steps at the same time.
      SERVE_WORKERS: '1',
    });
  };

  const kill = async (instance: InstanceBehindProxies): Promise<void> => {
    const serving = await instance.serving;
    serving.signal('SIGKILL');
    await serving.exited;
  };

  const hit = (step: Step | 'resolved'): void => {
    hits.set(step, (hits.get(step) ?? 0) + 1);
  };
  const hitsOf = (step: Step | 'resolved'): number => hits.get(step) ?? 0;

  /** A few commands for each partition; those of one are so large that what they lead to takes more than one request. */
  const publish = async (large?: number): Promise<void> => {
    rounds += 1;
    for (let partition = 0; partition < PARTITIONS; partition++) {
      const commands = ['a', 'b', 'a'].map((name, index) => ({
        channelId: channelIn(partition, name),
        commandId: `command-${String(rounds)}-${String(index)}`,
        runId: `run-${String(rounds)}-${String(index)}`,
        ...(partition === large && { orders: MANY_ORDERS }),
      }));
      const messages = await Promise.all(
        commands.map(async (command) => ({
          partition,
          key: command.channelId,
          value: await deployment.encode(command),
        })),
      );
      const poison = { partition, key: null, value: Buffer.from([rounds]) };
      await deployment.send(...messages, messages[0]!, poison);
    }
  };

  before(async () => {
    deployment = await createDeployment(PARTITIONS);
    startNext();
    // The first decision of a channel takes another way: its ledger is created.
    await publish();
    const first = await next;
    first.letJoin();
    await deployment.settled();
    await kill(first);
    await first.close();
    startNext();
  });
  after(async () => {
    await deployment.remove();
    await (await next).close();
  });

  const killAtEachStep = async (shift: number): Promise<void> => {
    const instance = await next;
    startNext();
    const standings = STEPS.map((step, index) => {
      const partition = (index + shift) % PARTITIONS;
      return { step, partition, ...holdAt(instance, step, partition) };
    });
    await publish(standings.find(({ step }) => step === 'first send')?.partition);
    await removeDeadMembers(deployment);
    instance.letJoin();
    const allStand = (): boolean => standings.every(({ isArrived }) => isArrived());
    // Where one of them has come another way, the others count.
    await until('each partition stands at its step', allStand, ALL_STAND_WITHIN_MS).catch(() => undefined);
    await kill(instance);
    for (const { step, isArrived, drop } of standings) {
      if (isArrived()) hit(step);
      drop();
    }
    await instance.close();
  };

  /** All partitions come to this step together. */
  const killWhenResolved = async (): Promise<void> => {
    const instance = await next;
    startNext();
    const committed = instance.kafka.inject({ when: inTransaction('EndTxn'), answer: () => 'forward' });
    await publish();
    await removeDeadMembers(deployment);
    instance.letJoin();
    await until('each partition has committed', () => committed.fired() >= PARTITIONS);
    await deployment.settled();
    const fetching = createHold();
    instance.kafka.inject({ when: fetchesCommands, question: fetching.keep });
    await until('it fetches again', fetching.isArrived);
    await kill(instance);
    fetching.release('drop');
    STEPS.forEach(() => {
      hit('resolved');
    });
    await instance.close();
  };

  it(`is killed at each at least ${String(HITS)} times`, async () => {
    const fewest = (): number => Math.min(...STEPS.map(hitsOf));
    for (let kills = 0; fewest() < HITS && kills < MAX_KILLS; kills++) await killAtEachStep(kills);
    while (hitsOf('resolved') < HITS) await killWhenResolved();
    for (const step of [...STEPS, 'resolved'] as const) {
      expect(hitsOf(step), `kills when ${step}`).to.be.at.least(HITS);
    }
  });

  it('loses, doubles, tears and reorders nothing', async () => {
    await removeDeadMembers(deployment);
    await deployment.serve();
    await deployment.settled();
    await expectAllIsWell(deployment);
  });
});

const MANY_ORDERS = Array.from({ length: 200 }, (_, n) =>
  anOrder({ userId: `U${String(n)}`, text: 'a flat white, as always '.repeat(15) }),
);
