import { DEFAULT_CHANNEL_POLICY } from '../../src/domain/channel-policy.ts';
import { EMPTY_LEDGER } from '../../src/domain/ledger.ts';
import type { BatchState } from '../../src/processor/ports/decision-store.ts';

/** The state of a store without any decision. */
export const emptyState: BatchState = {
  emitted: () => undefined,
  writtenWith: () => ({}),
  commandAt: () => undefined,
  decision: () => undefined,
  closedBy: () => undefined,
  channel: () => ({ ledger: EMPTY_LEDGER, policy: DEFAULT_CHANNEL_POLICY, revision: 0 }),
};
