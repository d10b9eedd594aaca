import type { Work } from '../work.ts';

/** The same work, which tries each server once instead of waiting for it. */
export const withoutWaiting = (work: Work): Work => ({
  ...work,
  settings: (...parts) => ({ ...work.settings(...parts), startupTimeoutSeconds: 0 }),
});
