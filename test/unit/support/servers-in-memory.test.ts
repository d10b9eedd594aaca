import { decisionStoreContract } from '../../support/contract/decision-store.ts';
import { outputsAndLogContract } from '../../support/contract/outputs-and-log.ts';
import { createInMemoryServers, type InMemoryServers } from '../../support/in-memory/ports.ts';
import { withLease, type LeaseRow } from '../../support/in-memory/postgres.ts';

describe('servers in memory keep the contract of the real ones:', () => {
  let servers: InMemoryServers;
  beforeEach(() => {
    servers = createInMemoryServers();
  });

  describe('a decision store', () => {
    let holders = 0;
    const change = async (change: Partial<LeaseRow>): Promise<void> => {
      const row = servers.postgres.leases.get(0);
      if (row !== undefined) servers.postgres = withLease(servers.postgres, 0, { ...row, ...change });
    };
    decisionStoreContract(() => ({
      store: servers.store,
      newHolder: () => `holder ${++holders}`,
      restLease: () => change({ inUse: false }),
      loseWhatIsStored: () => change({ nextOffset: null }),
    }));
  });

  describe('a transactional output with its log', () => {
    outputsAndLogContract(() => ({ output: servers.output, log: servers.log, topic: 'run.close.requested' }));
  });
});
