import { createForgetting } from '../../avro/pii.ts';
import { loadSchemas } from '../../avro/schema-files.ts';
import { countBodies } from '../../postgres/forgetting/count-bodies.ts';
import type { Database } from '../../postgres/pool.ts';
import { isRebuildLeft } from '../../postgres/rebuild/rebuild-lock.ts';
import type { CommandContext } from '../frame/cli.ts';
import { createProgress } from '../frame/progress.ts';
import type { LineOf } from '../json/lines.ts';
import { count } from '../../domain/words/count.ts';
import { emittedByNow } from '../../operations/forget/emitted-by-now.ts';
import { type ForgetStoredRequest, forgetStored } from '../../operations/forget/forget-stored.ts';
import type { Counts } from '../../operations/forget/tally.ts';
import { leftTexts, tallyTable } from './tally-text.ts';

export type ForgettingRequest = ForgetStoredRequest & {
  readonly pool: Database;
  /** What is forgotten: "of everybody". */
  readonly what: string;
  /** How to say it again with --yes. */
  readonly command: string;
};

/** Forgets, shows what was or would be forgotten and what not and why. */
export const forgetAndTell = async (
  context: CommandContext,
  { pool, what, command, ...request }: ForgettingRequest,
): Promise<Counts> => {
  const { output, interrupted } = context;
  const schemas = loadSchemas();
  const known = await emittedByNow(context, pool);
  const progress = createProgress(
    output,
    'looking through',
    await countBodies(pool, request.scope, request.channelIds),
  );
  context.onClose(() => progress.stop());
  const tally = await forgetStored(
    {
      pool,
      schemas,
      forget: createForgetting(schemas),
      emittedByNow: known,
      interrupted,
      onProgress: (rows) => progress.set(rows),
    },
    request,
  );
  progress.stop();

  const total = tally.total();
  const isDone = request.mode === 'write';
  if (output.json) {
    for (const channel of tally.channels())
      await output.record({ kind: 'channel', ...channel } satisfies LineOf<'forget'>);
    await output.record({ kind: 'summary', ...total, done: isDone } satisfies LineOf<'forget'>);
    return total;
  }
  if (tally.channels().length > 0) await output.line(tallyTable(tally, request.mode, output.colors));
  output.note(
    total.forgotten === 0
      ? `There is no personal data ${what} that can be forgotten.`
      : `Personal data ${what} ${isDone ? 'was' : 'would be'} forgotten in ${count(total.forgotten, 'decision')}.`,
  );
  for (const text of leftTexts(total)) output.note(output.colors.yellow(text));
  if (isDone) return total;
  if (await isRebuildLeft(pool))
    output.note(
      output.colors.yellow(
        'A rebuild is running or has left its schema, which may hold more of it: --yes refuses as long as it is there. ' +
          `To do it: runclose replay rebuild --drop, then ${command} --yes`,
      ),
    );
  else if (total.forgotten > 0) output.note(`To erase it, run: ${command} --yes`);
  return total;
};
