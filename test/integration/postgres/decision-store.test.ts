import { expect } from 'chai';
import { decisionOnCommand, decisionsOnRun, duplicatesOfCommand } from '../../../src/postgres/decisions.ts';
import { readLedger } from '../../../src/postgres/ledgers.ts';
import type { Database } from '../../../src/postgres/pool.ts';
import type { BatchState, BatchWrites, DecisionStore } from '../../../src/processor/ports/decision-store.ts';
import { FINGERPRINT_BYTES } from '../../../src/processor/fingerprint-bytes.ts';
import { adoptCluster } from '../../../src/postgres/lease/clusters.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import {
  A_LOG,
  aClaim,
  aStore,
  closeAll,
  closeEach,
  failureFrom,
  fingerprintOf,
  rejectEach,
  takeLease,
  TOPIC,
} from './batches.ts';

const NOTHING: BatchWrites = { decisions: [], duplicates: [], ledgers: [] };

describe('the decision store', () => {
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

  const countOf = async (table: string): Promise<unknown> =>
    (await database.query(`SELECT count(*)::int AS n FROM runclose.${table}`))[0]?.['n'];

  it('shows a channel without a past as empty, under the default policy', async () => {
    const lease = await takeLease(store);
    const claims = [aClaim({ offset: 0 })];
    await closeAll(store, lease, claims, (state) => {
      const { ledger, policy, revision } = state.channel('C1');
      expect(ledger).to.deep.equal({
        head: { sequence: 0, previousRunner: null, ring: [] },
        members: new Map(),
      });
      expect([policy.version, policy.policy, revision]).to.deep.equal([0, 'fair-share', 0]);
      expect(state.emitted(0)).to.equal(undefined);
      expect(state.decision({ channelId: 'C1', commandId: 'command-0' })).to.equal(undefined);
      expect(state.closedBy({ channelId: 'C1', runId: 'run-0' })).to.equal(undefined);
      return NOTHING;
    });
  });

  it('gives the next batch the ledger that this one has left, and only the members it asks for', async () => {
    const lease = await takeLease(store);
    await closeAll(store, lease, [aClaim({ offset: 0 }), aClaim({ offset: 1, userIds: ['U2', 'U3', 'U4'] })]);
    await closeAll(store, lease, [aClaim({ offset: 2, userIds: ['U1', 'U9'] })], (state) => {
      expect(state.channel('C1')).to.deep.include({
        revision: 2,
        ledger: {
          head: {
            sequence: 2,
            previousRunner: 'U2',
            ring: ['U1', 'U2'],
          },
          members: new Map([
            [
              'U1',
              {
                userId: 'U1',
                balance: 2,
                served: 1,
                attended: 1,
                lastServedSequence: 1,
                lastSeenSequence: 1,
              },
            ],
          ]),
        },
      });
      return NOTHING;
    });
  });

  it('keeps all that there is to know about a decision', async () => {
    const lease = await takeLease(store);
    await closeAll(store, lease, [aClaim({ offset: 7 })]);
    const fact = await decisionOnCommand(pool, { channelId: 'C1', commandId: 'command-7' });
    expect(fact).to.deep.include({
      channelId: 'C1',
      commandId: 'command-7',
      runId: 'run-7',
      source: { topic: TOPIC, partition: 0, offset: 7 },
      outcome: 'closed',
      reason: 'LOWEST',
      sequence: 1,
      runnerUserId: 'U1',
      policyVersion: 0,
      revision: 1,
      bodies: { 'run.closed': Buffer.from('closed run-7'), 'run.summary': Buffer.from('summary run-7') },
    });
    expect(fact?.storedAt).to.be.closeTo(Date.now(), 60_000);
    expect(await decisionOnCommand(pool, { channelId: 'C2', commandId: 'command-7' })).to.equal(null);
  });

  it('hands out the stored bodies when a record comes again', async () => {
    const lease = await takeLease(store);
    const claims = [aClaim({ offset: 3 }), aClaim({ offset: 4, channelId: 'C2' })];
    await closeAll(store, lease, claims);
    await closeAll(store, await takeLease(store), claims, (state) => {
      expect(state.emitted(3)).to.deep.equal({
        'run.closed': Buffer.from('closed run-3'),
        'run.summary': Buffer.from('summary run-3'),
      });
      expect(state.emitted(4)?.['run.summary']?.toString()).to.equal('summary run-4');
      for (const offset of [3, 4])
        expect(state.writtenWith(offset)).to.deep.equal({
          'run.closed': fingerprintOf('run.closed'),
          'run.summary': fingerprintOf('run.summary'),
        });
      return NOTHING;
    });
    expect(await countOf('decision')).to.equal(2);
  });

  it('returns the data of an older version, which packs no bodies and keeps whole fingerprints', async () => {
    const lease = await takeLease(store);
    const claims = [aClaim({ offset: 0 })];
    await closeAll(store, lease, claims);
    await database.query(`UPDATE runclose.decision SET schema_fingerprint = $1`, [
      Buffer.concat([Buffer.alloc(32, 1), Buffer.alloc(32, 2)]),
    ]);
    await database.query(
      `UPDATE runclose.decision_event SET closed = 'the run', summary = 'its summary', packed = NULL`,
    );
    await closeAll(store, lease, claims, (state) => {
      expect(state.emitted(0)).to.deep.equal({
        'run.closed': Buffer.from('the run'),
        'run.summary': Buffer.from('its summary'),
      });
      expect(state.writtenWith(0)).to.deep.equal({
        'run.closed': Buffer.alloc(FINGERPRINT_BYTES, 1),
        'run.summary': Buffer.alloc(FINGERPRINT_BYTES, 2),
      });
      return NOTHING;
    });
  });

  it('keeps the schemas of bodies that another version has emitted', async () => {
    const lease = await takeLease(store);
    const claims = [aClaim({ offset: 0 }), aClaim({ offset: 1 })];
    const theirs = Buffer.alloc(FINGERPRINT_BYTES, 7);
    await closeAll(store, lease, claims, (state) => {
      const writes = closeEach(claims)(state);
      const [first, second] = writes.decisions;
      return { ...writes, decisions: [{ ...first!, writtenWith: { 'run.summary': theirs } }, second!] };
    });
    await closeAll(store, lease, claims, (state) => {
      expect(state.writtenWith(0)).to.deep.equal({
        'run.closed': fingerprintOf('run.closed'),
        'run.summary': theirs,
      });
      expect(state.writtenWith(1)['run.summary']).to.deep.equal(fingerprintOf('run.summary'));
      return NOTHING;
    });
  });

  it('hands out the stored body of a rejection as such', async () => {
    const lease = await takeLease(store);
    const claims = [aClaim({ offset: 0 })];
    await closeAll(store, lease, claims, rejectEach(claims));
    await closeAll(store, lease, claims, (state) => {
      expect(state.emitted(0)).to.deep.equal({ 'run.close.rejected': Buffer.from('rejected run-0') });
      expect(state.writtenWith(0)).to.deep.equal({
        'run.close.rejected': fingerprintOf('run.close.rejected'),
      });
      expect(state.closedBy({ channelId: 'C1', runId: 'run-0' })).to.equal(undefined);
      return NOTHING;
    });
    expect(await decisionsOnRun(pool, { channelId: 'C1', runId: 'run-0' })).to.have.length(1);
  });

  it('recognises a command at another position, and knows its first position', async () => {
    const lease = await takeLease(store);
    await closeAll(store, lease, [aClaim({ offset: 0 })]);
    const again = [aClaim({ offset: 1, commandId: 'command-0', runId: 'run-0' })];
    await closeAll(store, lease, again, (state) => {
      expect(state.decision({ channelId: 'C1', commandId: 'command-0' })).to.deep.equal({
        channelId: 'C1',
        commandId: 'command-0',
        contentHash: Buffer.from('content of command-0'),
        partition: 0,
        offset: 0,
      });
      expect(state.closedBy({ channelId: 'C1', runId: 'run-0' })).to.include({ commandId: 'command-0' });
      return closeEach(again)(state);
    });
    // Delivered again after a crash, the duplicate is still one.
    await closeAll(store, lease, again);
    const seen = await duplicatesOfCommand(pool, { channelId: 'C1', commandId: 'command-0' });
    expect(seen.map(({ topic, partition, offset }) => ({ topic, partition, offset }))).to.deep.equal([
      { topic: TOPIC, partition: 0, offset: 1 },
    ]);
  });

  it('names the partition of a command that was in another one, but none for a command of another cluster', async () => {
    const elsewhere = { ...A_LOG, clusterId: 'elsewhere' };
    await closeAll(store, await takeLease(store, 0, 1, elsewhere), [aClaim({ offset: 9 })]);
    await adoptCluster(pool, { clusterId: 'here', topic: TOPIC });
    await closeAll(store, await takeLease(store, 5), [aClaim({ offset: 8 })]);
    const claims = [
      aClaim({ offset: 0, commandId: 'command-8' }),
      aClaim({ offset: 1, commandId: 'command-9' }),
    ];
    await closeAll(store, await takeLease(store), claims, (state) => {
      expect(state.decision({ channelId: 'C1', commandId: 'command-8' })).to.deep.include({
        partition: 5,
        offset: 8,
      });
      expect(state.decision({ channelId: 'C1', commandId: 'command-9' })).to.deep.include({
        partition: null,
        offset: null,
      });
      return NOTHING;
    });
  });

  it('distinguishes a closed run from a refused one', async () => {
    const lease = await takeLease(store);
    const refused = [aClaim({ offset: 0, runId: 'run' })];
    await closeAll(store, lease, refused, rejectEach(refused));
    await closeAll(store, lease, [aClaim({ offset: 1, runId: 'run' })], (state) => {
      expect(state.closedBy({ channelId: 'C1', runId: 'run' })).to.equal(undefined);
      return closeEach([aClaim({ offset: 1, runId: 'run' })])(state);
    });
    await closeAll(store, lease, [aClaim({ offset: 2, runId: 'run' })], (state) => {
      expect(state.closedBy({ channelId: 'C1', runId: 'run' })).to.include({ commandId: 'command-1' });
      return NOTHING;
    });
    const decisions = await decisionsOnRun(pool, { channelId: 'C1', runId: 'run' });
    expect(decisions.map((decision) => decision.outcome)).to.deep.equal(['rejected', 'closed']);
  });

  it('moves on past a batch that claims nothing', async () => {
    const lease = await takeLease(store);
    await store.closeRuns(lease, { first: 0, end: 40, storedBefore: null }, [], () => NOTHING);
    const grant = await store.takeLease({ partition: 0, holder: lease.holder, generation: 1, log: A_LOG });
    expect(grant).to.deep.include({ kind: 'granted', nextOffset: 40 });
  });

  it('finds the stored decision of a record that claims nothing any more', async () => {
    const lease = await takeLease(store);
    await closeAll(store, lease, [aClaim({ offset: 0 })]);
    await store.closeRuns(lease, { first: 0, end: 1, storedBefore: null }, [], (state) => {
      expect(state.emitted(0)).to.have.keys('run.closed', 'run.summary');
      return NOTHING;
    });
  });

  it('writes nothing when deciding fails, and says at which batch', async () => {
    const lease = await takeLease(store);
    const claims = [aClaim({ offset: 12 })];
    const failure = await failureFrom(
      closeAll(store, lease, claims, () => {
        throw new TypeError('a bug');
      }),
    );
    expect(failure).to.deep.include({ kind: 'fatal', code: 'UNEXPECTED_ERROR' });
    expect(failure.message).to.equal('storing decisions of run.close.requested/0 at 12: a bug');
    expect(await countOf('decision')).to.equal(0);
  });

  it('refuses values that the tables cannot hold for good, and names the batch', async () => {
    const lease = await takeLease(store);
    const claims = [aClaim({ offset: 5 }), aClaim({ offset: 6, commandId: 'command-5', runId: 'run-5' })];
    const failure = await failureFrom(closeAll(store, lease, claims));
    expect(failure).to.deep.include({ kind: 'fatal', code: 'POSTGRES_REFUSED_DATA' });
    expect(failure.message).to.match(/^storing decisions of run.close.requested\/0 at 5: .*duplicate key/);
    expect(await countOf('decision')).to.equal(0);
  });

  it('keeps the largest numbers exact', async () => {
    const lease = await takeLease(store);
    const claims = [aClaim({ offset: 0 })];
    const largest = Number.MAX_SAFE_INTEGER;
    const member = { userId: 'U1', balance: -largest, served: largest, attended: largest };
    await closeAll(store, lease, claims, () => ({
      ...NOTHING,
      ledgers: [
        {
          channelId: 'C1',
          head: {
            sequence: largest,
            previousRunner: 'U1',
            ring: ['U1'],
          },
          revision: largest,
          members: [{ ...member, lastServedSequence: largest, lastSeenSequence: null }],
        },
      ],
    }));
    const { ledger, revision } = await readLedger(pool, 'C1');
    expect(revision).to.equal(largest);
    expect(ledger.head).to.deep.equal({
      sequence: largest,
      previousRunner: 'U1',
      ring: ['U1'],
    });
    expect(ledger.members.get('U1')).to.deep.equal({
      ...member,
      lastServedSequence: largest,
      lastSeenSequence: null,
    });
  });

  it('holds a run of 200 people with long ids of any script, and bodies of half a megabyte', async () => {
    const lease = await takeLease(store);
    const userIds = Array.from({ length: 200 }, (_, index) => `${'語'.repeat(120)}"\\{},😀${index}`);
    const claims = [aClaim({ offset: 0, userIds, channelId: 'c"\\\'{}' })];
    const body = Buffer.alloc(500_000, 'é');
    await closeAll(store, lease, claims, (state) => {
      const writes = closeEach(claims)(state);
      return {
        ...writes,
        decisions: writes.decisions.map((each) => ({ ...each, bodies: { 'run.closed': body } })),
      };
    });
    await closeAll(store, lease, claims, (state: BatchState) => {
      expect([...state.channel('c"\\\'{}').ledger.members.keys()]).to.have.members(userIds);
      expect(state.emitted(0)?.['run.closed']?.equals(body)).to.equal(true);
      return NOTHING;
    });
  });

  it('remembers who made the last 64 runs, however long their ids are', async () => {
    const lease = await takeLease(store);
    const idOf = (run: number) => `${'語'.repeat(100)}${run}`;
    const claims = Array.from({ length: 70 }, (_, offset) => aClaim({ offset, userIds: [idOf(offset + 1)] }));
    await closeAll(store, lease, claims);
    const { ledger } = await readLedger(pool, 'C1');
    expect(ledger.head.ring).to.deep.equal(Array.from({ length: 64 }, (_, index) => idOf(index + 7)));
  });

  it('keeps channels and people whose ids differ only in letter case apart', async () => {
    const lease = await takeLease(store);
    await closeAll(store, lease, [
      aClaim({ offset: 0, channelId: 'a', userIds: ['u', 'U'] }),
      aClaim({ offset: 1, channelId: 'A' }),
    ]);
    expect((await readLedger(pool, 'a')).ledger.members).to.have.keys('u', 'U');
    expect((await readLedger(pool, 'A')).ledger.members).to.have.keys('U1', 'U2', 'U3');
  });
});
