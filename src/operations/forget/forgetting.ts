import { createForgetting } from '../../avro/pii.ts';
import { loadSchemas } from '../../avro/schema-files.ts';
import { countBodies } from '../../postgres/forgetting/count-bodies.ts';
import type { Database } from '../../postgres/pool.ts';
import { isRebuildLeft } from '../../postgres/rebuild/rebuild-lock.ts';
import type { Work } from '../work.ts';
import { emittedByNow } from './emitted-by-now.ts';
import { type ForgetStoredRequest, forgetStored } from './forget-stored.ts';
import type { Tally } from './tally.ts';

export type Forgetting = {
  readonly tally: Tally;
  /** True if a rebuild has left its schema, which may hold the same data. Forgetting is refused as long as the schema exists. */
  readonly isRebuildLeft: boolean;
};

/** Forgets personal data in stored decisions. In mode `dry`, only counts the decisions that would change. */
export const forgetInDecisions = async (
  work: Work,
  pool: Database,
  request: ForgetStoredRequest,
): Promise<Forgetting> => {
  const schemas = loadSchemas();
  const emitted = await emittedByNow(work, pool);
  const rows = await countBodies(pool, request.scope, request.channelIds);
  const progress = work.progress('looking through', rows);
  const tally = await forgetStored(
    {
      pool,
      schemas,
      forget: createForgetting(schemas),
      emittedByNow: emitted,
      interrupted: work.interrupted,
      onProgress: (done) => progress.set(done),
    },
    request,
  );
  progress.stop();
  return { tally, isRebuildLeft: request.mode === 'dry' && (await isRebuildLeft(pool)) };
};
