import { expect } from 'chai';
import pg from 'pg';
import { partitionOf } from '../../src/wire/partitioner.ts';
import { until } from '../support/condition.ts';
import { createDeployment, type Deployment, type Serving } from '../support/deployment.ts';

/** A channel whose commands stand in this partition. */
const channelIn = (partition: number): string => {
  for (let n = 0; ; n += 1) if (partitionOf(Buffer.from(`C${n}`), 2) === partition) return `C${n}`;
};

/** As long as the longest lock that must be lived through. */
const HELD_MS = 60_000;

describe('The other partitions continue while one waits for something of its own', function () {
  this.timeout(240_000);
  const [locked, free] = [channelIn(0), channelIn(1)];
  let deployment: Deployment;
  let serving: Serving;
  let somebody: pg.Client;

  beforeEach(async () => {
    deployment = await createDeployment(2);
    serving = await deployment.serve();
    somebody = new pg.Client(deployment.database.settings.url);
    await somebody.connect();
  });
  afterEach(async () => {
    await somebody.end();
    await deployment.remove();
  });

  const isOut = async (source: string): Promise<boolean> =>
    (await deployment.outcomes()).includes(`run.summary ${source}`);

  it('a lock on a ledger', async () => {
    await deployment.publish({ commandId: 'a0', runId: 'a0', channelId: locked });
    await deployment.settled();
    await somebody.query('BEGIN');
    await somebody.query('SELECT FROM runclose.channel_ledger WHERE channel_id = $1 FOR UPDATE', [locked]);

    await deployment.publish({ commandId: 'a1', runId: 'a1', channelId: locked });
    const tries = () => serving.log.filter(({ msg }) => String(msg).endsWith('retrying the batch')).length;
    const heldUntil = Date.now() + HELD_MS;
    // Of the tries, the log tells the 1st, 2nd, 4th, 8th and so on.
    let round = 0;
    for (; round < 5; round += 1) {
      await until('the locked partition is tried again', () => tries() > round, 60_000);
      const runId = `b${round}`;
      await deployment.publish({ commandId: runId, runId, channelId: free });
      await until('the other one has its outcome', () => isOut(`1/${round}`));
      expect(await isOut('0/1')).to.equal(false);
    }

    await until('the lock was held for a minute', () => Date.now() > heldUntil, HELD_MS);
    expect(await isOut('0/1')).to.equal(false);

    await somebody.query('COMMIT');
    await deployment.settled();
    const outcomes = await deployment.outcomes();
    expect(new Set(outcomes).size)
      .to.equal(outcomes.length)
      .and.to.equal(4 + 2 * round);
    const joins = serving.log.filter(({ cause }) => cause === 'assigned' || cause === 'new generation');
    expect(joins, 'nobody had to join again').to.have.length(2);
    expect(serving.log.some(({ state }) => state === 'open')).to.equal(false);
  });
});
