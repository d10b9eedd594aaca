import { addPartitions } from './add-partitions.ts';
import { cutLink } from './cut-link.ts';
import type { Fault } from './fault.ts';
import { freezeInstance } from './freeze-instance.ts';
import { halfOpen } from './half-open.ts';
import { interruptJoins } from './interrupt-joins.ts';
import { killBroker } from './kill-broker.ts';
import { killInstance } from './kill-instance.ts';
import { killPostgres } from './kill-postgres.ts';
import { killRegistry } from './kill-registry.ts';
import { leaderlessPartitions } from './leaderless-partitions.ts';
import { lockLedgers } from './lock-ledgers.ts';
import { MOVE_OFFSETS } from './move-offsets.ts';
import { oversizeRecords } from './oversize-records.ts';
import { rebalance } from './rebalance.ts';
import { resetOffsets } from './reset-offsets.ts';
import { restorePostgres } from './restore-postgres.ts';
import { stopInstance } from './stop-instance.ts';
import { terminateBackends } from './terminate-backends.ts';

export const FAULTS: readonly Fault[] = [
  killInstance,
  stopInstance,
  freezeInstance,
  rebalance,
  killBroker,
  killPostgres,
  terminateBackends,
  lockLedgers,
  restorePostgres,
  killRegistry,
  cutLink('kafka'),
  cutLink('postgres'),
  cutLink('registry'),
  addPartitions,
  resetOffsets,
  ...MOVE_OFFSETS,
  oversizeRecords,
  halfOpen('kafka'),
  halfOpen('postgres'),
  interruptJoins,
  leaderlessPartitions,
];
