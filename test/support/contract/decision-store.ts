/** The contract of every decision store, the real one and the one in memory. The simulation depends on it. */
import { expect } from 'chai';
import type {
  BatchState,
  BatchWrites,
  Claim,
  DecisionStore,
} from '../../../src/processor/ports/decision-store.ts';
import type { Lease } from '../../../src/processor/ports/lease.ts';
import { A_LOG, aClaim, closeAll, closeEach, failureFrom } from '../../integration/postgres/batches.ts';

export type StoreAtHand = {
  readonly store: DecisionStore;
  /** A new, unique holder. */
  newHolder(): string;
  /** Makes the partition's lease look as if it had not been used for half a minute. */
  restLease(): Promise<void>;
  /** The lease stays, but Postgres no longer knows the partition's next offset, as after lost commits. */
  loseWhatIsStored(): Promise<void>;
};

export const decisionStoreContract = (atHand: () => StoreAtHand): void => {
  const take = async (generation = 1): Promise<Lease> => {
    const grant = await grantOf(generation);
    if (grant.kind !== 'granted') throw new Error(grant.kind);
    return grant.lease;
  };
  const grantOf = (generation: number) =>
    atHand().store.takeLease({ partition: 0, holder: atHand().newHolder(), generation, log: A_LOG });
  const close = (lease: Lease, claims: readonly Claim[], storedBefore: number | null = null) =>
    closeAll(atHand().store, lease, claims, closeEach(claims), storedBefore);

  /** The state on which a batch of these claims would be decided; the batch then writes nothing. */
  const stateFor = async (lease: Lease, claims: readonly Claim[]): Promise<BatchState> => {
    let seen: BatchState | undefined;
    await closeAll(atHand().store, lease, claims, (state): BatchWrites => {
      seen = state;
      return { decisions: [], duplicates: [], ledgers: [] };
    });
    if (seen === undefined) throw new Error('nothing was decided');
    return seen;
  };

  it('gives a lease that nobody has had with nothing stored, and then with what is', async () => {
    expect(await grantOf(1)).to.deep.include({ kind: 'granted', nextOffset: null, skippedBefore: 0 });
    await close(await take(), [aClaim({ offset: 4 })]);
    expect(await grantOf(1)).to.deep.include({ kind: 'granted', nextOffset: 5 });
  });

  it('raises the epoch by one each time', async () => {
    const [first, second] = [await take(), await take()];
    expect(second.epoch).to.equal(first.epoch + 1);
  });

  it('refuses an older generation, and fences nobody by that', async () => {
    const lease = await take(2);
    expect(await grantOf(1)).to.deep.equal({ kind: 'refused', generation: 2 });
    await close(lease, [aClaim({ offset: 0 })]);
  });

  it('gives an older generation what a newer one has released', async () => {
    await atHand().store.recordEmitted(await take(2), 0);
    expect(await grantOf(1)).to.include({ kind: 'granted' });
  });

  it('gives an older generation what a newer one has not used for half a minute', async () => {
    await take(2);
    await atHand().restLease();
    expect(await grantOf(1)).to.include({ kind: 'granted' });
  });

  it('lets a former holder write nothing, and let nothing go', async () => {
    const former = await take();
    const lease = await take(2);
    expect(await failureFrom(close(former, [aClaim({ offset: 0 })]))).to.include({
      kind: 'fenced',
      code: 'LEASE_LOST',
    });
    await atHand().store.recordEmitted(former, 9);
    expect(await grantOf(1), 'still at work').to.include({ kind: 'refused' });
    expect((await stateFor(lease, [aClaim({ offset: 0 })])).emitted(0)).to.equal(undefined);
  });

  it('decides nothing beyond a gap', async () => {
    const lease = await take();
    await close(lease, [aClaim({ offset: 0 })]);
    let decided = false;
    const beyond = closeAll(atHand().store, lease, [aClaim({ offset: 2 })], (state) => {
      decided = true;
      return closeEach([aClaim({ offset: 2 })])(state);
    });
    expect(await failureFrom(beyond)).to.include({ code: 'LEASE_LOST' });
    expect(decided).to.equal(false);
  });

  it('decides nothing on a store that has lost known data', async () => {
    const lease = await take();
    await close(lease, [aClaim({ offset: 3 })]);
    await atHand().loseWhatIsStored();
    expect(await failureFrom(close(lease, [aClaim({ offset: 4 })], 4))).to.include({ code: 'LEASE_LOST' });
    await close(lease, [aClaim({ offset: 4 })], null);
  });

  it('never goes back', async () => {
    const lease = await take();
    await close(lease, [aClaim({ offset: 0 }), aClaim({ offset: 1 })]);
    await close(lease, [aClaim({ offset: 0 })], 2);
    expect(await grantOf(1)).to.include({ nextOffset: 2 });
  });

  it('knows a decided record by its position, and its command wherever it comes again', async () => {
    const lease = await take();
    const claim = aClaim({ offset: 0 });
    const written = await close(lease, [claim]);
    const state = await stateFor(lease, [claim, { ...claim, offset: 1 }]);
    expect(state.emitted(0)).to.deep.equal(written.decisions[0]?.bodies);
    expect(state.emitted(1)).to.equal(undefined);
    expect(state.decision({ channelId: 'C1', commandId: claim.commandId })).to.include({
      partition: 0,
      offset: 0,
    });
    expect(state.closedBy({ channelId: 'C1', runId: claim.runId })).to.deep.equal({
      commandId: claim.commandId,
      runnerUserId: written.decisions[0]?.runnerUserId,
    });
    expect(state.closedBy({ channelId: 'C2', runId: claim.runId })).to.equal(undefined);
  });

  it('gives the next batch the ledger that the one before has left', async () => {
    const lease = await take();
    const written = await close(lease, [aClaim({ offset: 0 }), aClaim({ offset: 1 })]);
    const { ledger, revision } = (await stateFor(lease, [aClaim({ offset: 2 })])).channel('C1');
    expect(revision).to.equal(2);
    expect(ledger.head).to.deep.equal(written.ledgers[0]?.head);
    expect([...ledger.members.values()]).to.have.deep.members([...(written.ledgers[0]?.members ?? [])]);
  });

  it('keeps nothing of a batch whose deciding fails', async () => {
    const lease = await take();
    const failing = closeAll(atHand().store, lease, [aClaim({ offset: 0 })], () => {
      throw new TypeError('a bug');
    });
    expect(await failureFrom(failing)).to.include({ kind: 'fatal' });
    expect(await grantOf(1)).to.include({ nextOffset: null });
  });
};
