import { setTimeout as sleep } from 'node:timers/promises';
import { expectAllIsWell } from '../support/all-is-well.ts';
import { manyCommands } from '../support/commands.ts';
import { until } from '../support/condition.ts';
import { createDeployment, type Deployment } from '../support/deployment.ts';
import {
  startInstanceBehindProxies,
  type InstanceBehindProxies,
} from '../support/instance-behind-proxies.ts';
import { inTransaction } from '../support/kafka-proxy/matches.ts';
import { createHold, type Hold } from '../support/proxy/faults.ts';

/** Where an owner freezes: its next request to a server is held back until the owner continues. */
const MOMENTS: Readonly<Record<string, (owner: InstanceBehindProxies, hold: Hold) => void>> = {
  'before the commit of Postgres': ({ postgres }, { keep }) => {
    postgres.inject({ when: ({ sql }) => sql === 'COMMIT', times: 1, question: keep });
  },
  'after the commit of Postgres': ({ kafka }, { keep }) => {
    kafka.inject({ when: inTransaction('AddPartitionsToTxn'), times: 1, question: keep });
  },
  'before the commit of Kafka': ({ kafka }, { keep }) => {
    kafka.inject({ when: inTransaction('EndTxn'), times: 1, question: keep });
  },
};

const freeze = async (
  deployment: Deployment,
  owner: InstanceBehindProxies,
  standby: InstanceBehindProxies,
  stopAt: (owner: InstanceBehindProxies, hold: Hold) => void,
): Promise<void> => {
  const members = async (): Promise<number> => {
    const { groups } = await deployment.admin.describeGroups([deployment.groupId]);
    return groups.flatMap((group) => group.members).length;
  };
  owner.letJoin();
  const { signal } = await owner.serving;
  standby.letJoin();
  await standby.serving;
  await deployment.publish(...manyCommands(40));
  await deployment.settled();

  const hold = createHold();
  stopAt(owner, hold);
  await deployment.publish(...manyCommands(40, 40));
  await hold.arrived;
  signal('SIGSTOP');
  const thaw = sleep(FROZEN_MS);
  await deployment.settled(MAX_MS);
  await deployment.publish(...manyCommands(40, 80));
  await deployment.settled();

  await thaw;
  signal('SIGCONT');
  hold.release();
  await until('the zombie has joined again', async () => (await members()) === 2, MAX_MS);
  await deployment.publish(...manyCommands(40, 120));
  await deployment.settled(MAX_MS);
  await expectAllIsWell(deployment);
};

/** Its session ends after 30 s, and others take over; its transactions end after 20 s. */
const FROZEN_MS = 45_000;
const MAX_MS = 120_000;

describe('an owner that is frozen, replaced and then wakes up as a zombie changes nothing', function () {
  this.timeout(3 * MAX_MS);
  /** Side by side, since each of them waits for half a minute. */
  const frozen = new Map<string, Promise<void>>();

  const freezeAlone = async (stopAt: (typeof MOMENTS)[string]): Promise<void> => {
    const deployment = await createDeployment(1);
    // The group gives its only partition to the first of its members by name.
    const [owner, standby] = await Promise.all(
      ['a-owner', 'b-standby'].map((name) =>
        startInstanceBehindProxies(deployment, { KAFKA_CLIENT_ID: name }),
      ),
    );
    try {
      await freeze(deployment, owner!, standby!, stopAt);
    } finally {
      await deployment.remove();
      await Promise.all([owner!.close(), standby!.close()]);
    }
  };

  before(() => {
    for (const [moment, stopAt] of Object.entries(MOMENTS)) {
      const alone = freezeAlone(stopAt);
      alone.catch(() => undefined);
      frozen.set(moment, alone);
    }
  });
  after(() => Promise.allSettled(frozen.values()));

  for (const moment of Object.keys(MOMENTS)) {
    it(`when that happens ${moment}`, () => frozen.get(moment));
  }
});
