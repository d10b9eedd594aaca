import type { ChannelLedgers, FoldedLedger } from '../channel-ledgers.ts';
import type { LedgerSnapshot } from '../ports.ts';
import type { Divergence, DivergenceCode } from './divergence.ts';
import { firstDifference, type Difference } from './first-difference.ts';

/** Yields the differences between the ledgers of a snapshot and the folded ones. */
export function* compareLedgers(
  folded: ChannelLedgers,
  snapshot: LedgerSnapshot,
  isIncluded: (channelId: string) => boolean = () => true,
): Generator<Divergence, void, undefined> {
  const seen = new Set<string>();
  for (const found of snapshot.ledgers) {
    const { channelId } = found;
    if (!isIncluded(channelId)) continue;
    seen.add(channelId);
    const expected = folded.folded(channelId, found.policyVersion);
    if (expected === undefined) {
      // An empty ledger means the same as no ledger.
      if (found.head.sequence === 0 && found.members.size === 0 && found.revision === 0) continue;
      yield ledgerDivergence('LEDGER_UNEXPECTED', channelId, {
        field: 'ledger',
        expected: 'none',
        found: 'one',
      });
      continue;
    }
    const head = firstDifference(headOf(expected), headOf(found));
    if (head !== null) yield ledgerDivergence('LEDGER_ALTERED', channelId, head);
    yield* compareMembers(expected, found);
  }
  for (const channelId of folded.channelIds()) {
    if (seen.has(channelId) || !isIncluded(channelId)) continue;
    if ((folded.folded(channelId, 0)?.revision ?? 0) === 0) continue;
    yield ledgerDivergence('LEDGER_MISSING', channelId, { field: 'ledger', expected: 'one', found: 'none' });
  }
}

const headOf = ({ head, revision, policyVersion }: FoldedLedger) => ({
  sequence: head.sequence,
  previousRunner: head.previousRunner,
  ring: head.ring,
  revision,
  policyVersion,
});

function* compareMembers(expected: FoldedLedger, found: FoldedLedger): Generator<Divergence> {
  const { channelId } = expected;
  for (const userId of new Set([...expected.members.keys(), ...found.members.keys()])) {
    const member = firstDifference(expected.members.get(userId), found.members.get(userId));
    if (member === null) continue;
    const field = `members[${userId}]${member.field === '' ? '' : `.${member.field}`}`;
    yield ledgerDivergence('LEDGER_ALTERED', channelId, { ...member, field });
  }
}

const ledgerDivergence = (
  code: DivergenceCode,
  channelId: string,
  { field, expected, found }: Difference,
): Divergence => ({
  code,
  channelId,
  runId: null,
  commandId: null,
  source: null,
  where: 'ledger',
  field,
  expected: expected ?? 'none',
  found: found ?? 'none',
});
