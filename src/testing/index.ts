/** The package's entry for the tests of other services: RunClose in memory. */
export type { PastRun } from './past-runs.ts';
export type { PolicySettings } from '../domain/channel-policy.ts';
export type { Server } from './memory-servers.ts';
export { createTestRunClose } from './test-run-close.ts';
export type { TestRunClose, TestRunCloseOptions } from './test-run-close.ts';
