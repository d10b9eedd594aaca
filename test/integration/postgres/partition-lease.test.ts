import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { acceptGap } from '../../../src/postgres/lease/accept-gap.ts';
import { adoptCluster, otherClusters } from '../../../src/postgres/lease/clusters.ts';
import { listLeases } from '../../../src/postgres/lease/leases.ts';
import { adoptInput, adoptOutputs } from '../../../src/postgres/lease/topics.ts';
import { readLedger } from '../../../src/postgres/ledgers.ts';
import { createPool, type Database } from '../../../src/postgres/pool.ts';
import type { DecisionStore } from '../../../src/processor/ports/decision-store.ts';
import type { LogIdentity } from '../../../src/processor/ports/input-log.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { startPostgresProxy } from '../../support/postgres-proxy/postgres-proxy.ts';
import { A_LOG, aClaim, aStore, closeAll, closeEach, failureFrom, takeLease, TOPIC } from './batches.ts';

describe('the lease of a partition', () => {
  let database: TestDatabase;
  let pool: Database;
  let store: DecisionStore;

  before(async () => {
    database = await createTestDatabase();
    pool = await database.openPool();
    store = aStore(pool);
  });

  after(async () => {
    await pool.end();
    await database.remove();
  });

  afterEach(() => database.empty());

  const countDecisions = async (): Promise<unknown> =>
    (await database.query('SELECT count(*)::int AS n FROM runclose.decision'))[0]?.['n'];

  const unusedForHalfAMinute = () =>
    database.query(`UPDATE runclose.partition_lease SET used_at = used_at - interval '31 seconds'`);

  it('starts with epoch 1 and nothing stored, and rises by one each time it is taken', async () => {
    const holders = [randomUUID(), randomUUID()] as const;
    expect(
      await store.takeLease({ partition: 3, holder: holders[0], generation: 7, log: A_LOG }),
    ).to.deep.equal({
      kind: 'granted',
      lease: { clusterId: 'here', partition: 3, epoch: 1, holder: holders[0] },
      nextOffset: null,
      emittedThrough: null,
      skippedBefore: 0,
      isCutShort: false,
      isNewLog: false,
      inputKnownFrom: 0,
    });
    await closeAll(store, { clusterId: 'here', partition: 3, epoch: 1, holder: holders[0] }, [
      aClaim({ offset: 9 }),
    ]);
    expect(
      await store.takeLease({ partition: 3, holder: holders[1], generation: 7, log: A_LOG }),
    ).to.deep.equal({
      kind: 'granted',
      lease: { clusterId: 'here', partition: 3, epoch: 2, holder: holders[1] },
      nextOffset: 10,
      emittedThrough: 9,
      skippedBefore: 0,
      isCutShort: false,
      isNewLog: false,
      inputKnownFrom: 0,
    });
  });

  it('stops its former owner, who can write nothing any more', async () => {
    const former = await takeLease(store);
    await closeAll(store, former, [aClaim({ offset: 0 })]);
    const now = await takeLease(store, 0, 2);

    const failure = await failureFrom(closeAll(store, former, [aClaim({ offset: 1, channelId: 'new' })]));
    expect(failure).to.deep.include({ kind: 'fenced', code: 'LEASE_LOST' });
    expect(failure.message).to.equal(
      `this process lost the lease of run.close.requested/0 (epoch 1, holder ${former.holder}): ` +
        `it now has epoch 2, holder ${now.holder}, generation 2 and next offset 1`,
    );
    await store.recordEmitted(former, 99);
    expect(await countDecisions()).to.equal(1);
    expect((await listLeases(pool, TOPIC))[0]).to.deep.include({
      epoch: 2,
      nextOffset: 1,
      emittedThrough: 0,
    });
  });

  it('notices that all that was stored under it is lost: a restored database may know it and nothing more', async () => {
    const lease = await takeLease(store);
    await closeAll(store, lease, [aClaim({ offset: 4 })]);
    await database.query('UPDATE runclose.partition_lease SET next_offset = NULL');
    const failure = await failureFrom(closeAll(store, lease, [aClaim({ offset: 5 })], undefined, 5));
    expect(failure).to.deep.include({ kind: 'fenced', code: 'LEASE_LOST' });
    await closeAll(store, lease, [aClaim({ offset: 5 })], undefined, null);
  });

  it('is checked again at the end: an owner fenced while deciding writes nothing', async () => {
    const lease = await takeLease(store);
    await closeAll(store, lease, [aClaim({ offset: 0 })]);
    const proxy = await startPostgresProxy(database.settings.url);
    const distant = await createPool({ url: proxy.url, poolSize: 1 }, 'runclose test');
    try {
      // Between the reads of the batch and its last statement.
      const last = proxy.inject({
        when: ({ sql }) => sql.includes('UPDATE partition_lease'),
        question: () => takeLease(store).then(() => 'forward'),
      });
      const failure = await failureFrom(closeAll(aStore(distant), lease, [aClaim({ offset: 1 })]));
      expect(failure).to.deep.include({ kind: 'fenced', code: 'LEASE_LOST' });
      expect(last.fired()).to.equal(1);
      expect(await countDecisions()).to.equal(1);
      expect((await readLedger(pool, 'C1')).revision).to.equal(1);
    } finally {
      await distant.end();
      await proxy.close();
    }
  });

  it('is not advanced by a batch that leaves a gap after the stored commands', async () => {
    const lease = await takeLease(store);
    await closeAll(store, lease, [aClaim({ offset: 0 })]);
    const failure = await failureFrom(closeAll(store, lease, [aClaim({ offset: 5 })]));
    expect(failure).to.deep.include({ kind: 'fenced', code: 'LEASE_LOST' });
    expect(await countDecisions()).to.equal(1);
  });

  it('lets a batch begin above a gap that was accepted', async () => {
    const lease = await takeLease(store);
    await closeAll(store, lease, [aClaim({ offset: 0 })]);
    expect(
      await acceptGap(pool, { clusterId: 'here', topic: TOPIC }, { partition: 0, before: 100 }),
    ).to.equal(100);
    expect(await acceptGap(pool, { clusterId: 'here', topic: TOPIC }, { partition: 0, before: 50 })).to.equal(
      100,
    );
    expect(await acceptGap(pool, { clusterId: 'here', topic: TOPIC }, { partition: 1, before: 50 })).to.equal(
      null,
    );

    const grant = await store.takeLease({ partition: 0, holder: lease.holder, generation: 1, log: A_LOG });
    expect(grant).to.deep.include({ kind: 'granted', nextOffset: 1, skippedBefore: 100 });
    await closeAll(store, { ...lease, epoch: 2 }, [aClaim({ offset: 100 })]);
    expect(await countDecisions()).to.equal(2);
  });

  it('never moves back when a batch is delivered again', async () => {
    const lease = await takeLease(store);
    await closeAll(store, lease, [aClaim({ offset: 0 }), aClaim({ offset: 1 })]);
    await closeAll(store, lease, [aClaim({ offset: 0 })]);
    expect((await listLeases(pool, TOPIC))[0]).to.deep.include({ nextOffset: 2, emittedThrough: 0 });
  });

  it('remembers what was emitted: everything before the last batch, and after a drain everything', async () => {
    const lease = await takeLease(store);
    await closeAll(store, lease, [aClaim({ offset: 0 })]);
    await closeAll(store, lease, [aClaim({ offset: 1 })]);
    expect((await listLeases(pool, TOPIC))[0]?.emittedThrough).to.equal(1);
    await store.recordEmitted(lease, 2);
    expect((await listLeases(pool, TOPIC))[0]?.emittedThrough).to.equal(2);
  });

  it('refuses an older generation without fencing anybody', async () => {
    const lease = await takeLease(store, 0, 8);
    expect(
      await store.takeLease({ partition: 0, holder: randomUUID(), generation: 7, log: A_LOG }),
    ).to.deep.equal({
      kind: 'refused',
      generation: 8,
    });
    await closeAll(store, lease, [aClaim({ offset: 0 })]);
    expect(await countDecisions()).to.equal(1);
  });

  it('goes to the same generation again, as after a transaction timeout', async () => {
    await takeLease(store, 0, 8);
    expect((await takeLease(store, 0, 8)).epoch).to.equal(2);
  });

  it('goes to an older generation once nobody has used it for half a minute: the group was forgotten', async () => {
    await takeLease(store, 0, 8);
    await unusedForHalfAMinute();
    expect((await takeLease(store, 0, 1)).epoch).to.equal(2);
  });

  it('goes to an older generation once its holder has released it', async () => {
    await store.recordEmitted(await takeLease(store, 0, 8), 0);
    expect((await takeLease(store, 0, 1)).epoch).to.equal(2);
    expect(
      await store.takeLease({ partition: 0, holder: randomUUID(), generation: 0, log: A_LOG }),
    ).to.deep.equal({
      kind: 'refused',
      generation: 1,
    });
  });

  it('counts as used by each batch', async () => {
    const lease = await takeLease(store, 0, 8);
    await unusedForHalfAMinute();
    await closeAll(store, lease, [aClaim({ offset: 0 })]);
    expect(
      await store.takeLease({ partition: 0, holder: randomUUID(), generation: 7, log: A_LOG }),
    ).to.deep.equal({
      kind: 'refused',
      generation: 8,
    });
  });

  it('goes to a group with another name at once, whatever its generation', async () => {
    await takeLease(store, 0, 8);
    expect((await takeLease(aStore(pool, { groupId: 'renamed' }), 0, 1)).epoch).to.equal(2);
  });

  it('goes to exactly one holder at a time, however many ask at once', async () => {
    const grants = await Promise.all(Array.from({ length: 8 }, () => takeLease(store)));
    expect(grants.map(({ epoch }) => epoch).sort()).to.deep.equal([1, 2, 3, 4, 5, 6, 7, 8]);
    const outcomes = await Promise.allSettled(
      grants.map((lease) => closeAll(store, lease, [aClaim({ offset: 0 })])),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).to.have.length(1);
  });

  it('lists what status shows, by partition', async () => {
    const leases = [await takeLease(store, 2, 4), await takeLease(store, 0, 4)];
    const listed = await listLeases(pool, TOPIC);
    expect(listed.map(({ usedAt: _, ...rest }) => rest)).to.deep.equal(
      leases.reverse().map(({ partition, epoch, holder }) => ({
        clusterId: 'here',
        topic: TOPIC,
        partition,
        epoch,
        holder,
        groupId: 'runclose',
        generation: 4,
        inputId: 'input',
        outputsId: 'outputs',
        nextOffset: null,
        emittedThrough: null,
        skippedBefore: 0,
        isCutShort: false,
        isNewLog: false,
        alarm: null,
      })),
    );
    expect(listed[0]?.usedAt).to.be.closeTo(Date.now(), 60_000);
  });

  describe('of topics that were created again', () => {
    const [old, again] = [A_LOG, { ...A_LOG, inputId: 'input again', outputsId: 'outputs again' }];
    const here = { clusterId: 'here', topic: TOPIC };
    const takeOf = (log: LogIdentity, partition = 0) =>
      store.takeLease({ partition, holder: randomUUID(), generation: 9, log });

    it('is given to nobody, and fences nobody, whatever its partition', async () => {
      const lease = await takeLease(store);
      for (const partition of [0, 1]) {
        expect(await takeOf({ ...old, inputId: 'input again' }, partition)).to.deep.equal({
          kind: 'other-log',
          differs: 'input',
          known: 'input',
        });
        expect(await takeOf({ ...old, outputsId: 'outputs again' }, partition)).to.deep.include({
          kind: 'other-log',
          differs: 'outputs',
        });
        expect(await takeOf({ ...old, clusterId: 'there' }, partition)).to.deep.equal({
          kind: 'other-log',
          differs: 'cluster',
          known: 'here',
        });
      }
      await closeAll(store, lease, [aClaim({ offset: 0 })]);
    });

    it('takes the ids that it sees first, and does without ids if the brokers tell none', async () => {
      const nameless = { ...old, inputId: null, outputsId: null };
      await closeAll(store, await takeLease(store, 0, 1, nameless), [aClaim({ offset: 0 })]);
      expect(await takeOf(nameless)).to.deep.include({ inputKnownFrom: null });
      // The decision at offset 0 may be one of another topic.
      for (let n = 0; n < 2; n++)
        expect(await takeOf(old)).to.deep.include({ kind: 'granted', nextOffset: 1, inputKnownFrom: 1 });
      expect((await listLeases(pool, TOPIC))[0]).to.deep.include({ inputId: 'input', outputsId: 'outputs' });
      expect(await takeOf(nameless)).to.deep.include({
        kind: 'granted',
        nextOffset: 1,
        inputKnownFrom: null,
      });
      expect(await takeOf(again)).to.deep.include({ kind: 'other-log', differs: 'input' });
    });

    it('starts again once they are adopted, and no position meets a decision of the former topic', async () => {
      const former = await takeLease(store);
      await closeAll(store, former, [aClaim({ offset: 0 }), aClaim({ offset: 1 })]);
      await adoptInput(pool, here);
      expect(await failureFrom(closeAll(store, former, [aClaim({ offset: 2 })]))).to.include({
        code: 'LEASE_LOST',
      });
      const grant = await takeOf(again);
      expect(grant).to.deep.include({
        nextOffset: null,
        emittedThrough: null,
        isNewLog: true,
        inputKnownFrom: 0,
      });
      expect((await listLeases(pool, TOPIC))[0]).to.deep.include({ isNewLog: true });
      const lease = await takeLease(store, 0, 9, again);
      const claims = [aClaim({ offset: 0, commandId: 'new', runId: 'new' }), aClaim({ offset: 1 })];
      await closeAll(store, lease, claims, (state) => {
        expect([state.emitted(0), state.commandAt(1)]).to.deep.equal([undefined, undefined]);
        expect(state.decision({ channelId: 'C1', commandId: 'command-1' })).to.deep.include({
          partition: null,
          offset: null,
        });
        return closeEach(claims)(state);
      });
      expect(await countDecisions()).to.equal(3);
      expect(await takeOf(again)).to.deep.include({ nextOffset: 2, isNewLog: false });
      expect((await listLeases(pool, TOPIC)).map(({ inputId }) => inputId)).to.deep.equal(['input again']);
      expect(await takeOf(old)).to.deep.include({ kind: 'other-log', known: 'input again' });
    });

    it('is remembered as cut short until the topic is adopted, and only its holder can record this', async () => {
      const former = await takeLease(store);
      expect(await takeOf(old)).to.deep.include({ isCutShort: false });
      await store.recordCut(former);
      const lease = await takeLease(store, 0, 9, old);
      expect((await listLeases(pool, TOPIC))[0]?.isCutShort).to.equal(false);
      await store.recordCut(lease);
      expect(await takeOf(old)).to.deep.include({ isCutShort: true });
      expect((await listLeases(pool, TOPIC))[0]?.isCutShort).to.equal(true);
      await adoptInput(pool, here);
      expect(await takeOf(old)).to.deep.include({ isCutShort: false });
    });

    it('knows the last alarm of its holder until it is adopted', async () => {
      const former = await takeLease(store);
      const lease = await takeLease(store, 0, 9, old);
      const alarm = { offset: 7, code: 'RECORD_TOO_LARGE', message: 'too large' } as const;
      await store.recordAlarm(former, { ...alarm, message: 'of nobody who counts' });
      expect((await listLeases(pool, TOPIC))[0]?.alarm).to.equal(null);
      await store.recordAlarm(lease, alarm);
      await takeOf(old);
      expect((await listLeases(pool, TOPIC))[0]?.alarm).to.deep.equal(alarm);
      await adoptInput(pool, here);
      await takeOf(again);
      expect((await listLeases(pool, TOPIC))[0]?.alarm).to.equal(null);
    });

    it('is not brought back by adopting its cluster', async () => {
      await takeLease(store);
      await adoptInput(pool, here);
      await takeLease(store, 0, 1, again);
      expect(await otherClusters(pool, here)).to.deep.equal([]);
      expect(await adoptCluster(pool, here)).to.deep.equal([]);
      expect((await listLeases(pool, TOPIC)).map(({ inputId }) => inputId)).to.deep.equal(['input again']);
    });

    it('continues with new outputs, and everything that Kafka has committed counts as emitted', async () => {
      const lease = await takeLease(store);
      await closeAll(store, lease, [aClaim({ offset: 0 }), aClaim({ offset: 1 })]);
      await adoptOutputs(pool, here, 'outputs again', new Map([[0, 1]]));
      expect(await takeOf({ ...old, outputsId: 'outputs again' })).to.deep.include({
        nextOffset: 2,
        emittedThrough: 1,
      });
      await adoptOutputs(pool, here, 'outputs again', new Map([[0, 99]]));
      expect((await listLeases(pool, TOPIC))[0]?.emittedThrough).to.equal(2);
    });
  });

  describe('in another cluster', () => {
    const [here, there] = [
      { clusterId: 'here', topic: TOPIC },
      { clusterId: 'there', topic: TOPIC },
    ];

    it('is seen, until this cluster is adopted', async () => {
      await takeLease(store);
      expect(await otherClusters(pool, here)).to.deep.equal([]);
      expect(await otherClusters(pool, there)).to.deep.equal(['here']);
      expect(await otherClusters(pool, { ...there, topic: 'blue.run.close.requested' })).to.deep.equal([]);
      expect(await adoptCluster(pool, there)).to.deep.equal(['here']);
      expect(await otherClusters(pool, there)).to.deep.equal([]);
      expect(await adoptCluster(pool, there)).to.deep.equal([]);
    });

    it('is taken from its owner by adoption, and not given back to it', async () => {
      const lease = await takeLease(store);
      await adoptCluster(pool, there);
      expect(await failureFrom(closeAll(store, lease, [aClaim({ offset: 0 })]))).to.include({
        kind: 'fenced',
      });
      const failure = await failureFrom(takeLease(store, 0, 99));
      expect(failure).to.include({ kind: 'fatal', code: 'CLUSTER_RETIRED' });
      expect(failure.message).to.contain('runclose adopt-cluster');
    });

    it('comes back with what was stored when its own cluster is adopted again', async () => {
      await closeAll(store, await takeLease(store), [aClaim({ offset: 0 })]);
      await adoptCluster(pool, there);
      await takeLease(store, 0, 1, { ...A_LOG, clusterId: 'there' });
      expect(await adoptCluster(pool, here)).to.deep.equal(['there']);
      expect(
        await store.takeLease({ partition: 0, holder: randomUUID(), generation: 1, log: A_LOG }),
      ).to.deep.include({
        kind: 'granted',
        nextOffset: 1,
      });
    });
  });
});
