import { groupStatus } from '../operations/status/status.ts';
import { watchStatus } from '../operations/status/watch-status.ts';
import type { Cli, CommandContext } from './frame/cli.ts';
import { wholeNumber } from './frame/flags.ts';
import type { LineOf } from './json/lines.ts';
import { statusTables, summary } from './status/status-text.ts';
import { screen, type ScreenFacts, sightJson } from './status/watch-text.ts';

const EVERY_SECONDS = 2;

const HELP = `
instance   a serve process, with its version and how long it has been up
breakers   of that process, from its HTTP port: "closed" if it uses all servers,
           "unknown" if this machine cannot reach that port
owner      the number of the instance that has the partition
lag        records that are not decided yet
waiting    for how long the oldest of these records has been waiting

With --json: one line for each partition. With --watch and --json, or if stdout
is no terminal: one line for each read, with all instances and partitions.
During an outage, --watch says so and tries again. Ctrl-C ends it with 130.`;

export const status = (cli: Cli): void => {
  cli
    .command('status', 'Show instances, partitions, owners, epochs, lag, alarms and dead letters', [
      'runclose status',
      'runclose status --watch 5',
    ])
    .addHelpText('after', HELP)
    .option(
      '--watch [seconds]',
      `show the status again and again, with this pause (default: ${EVERY_SECONDS}), until Ctrl-C`,
      wholeNumber(1, 86_400),
    )
    .action(
      cli.view(async (context, { watch = false }: { readonly watch?: number | boolean }) => {
        if (watch === false) await showOnce(context);
        else await showAgain(context, watch === true ? EVERY_SECONDS : watch);
      }),
    );
};

const showOnce = async (context: CommandContext): Promise<void> => {
  const { output } = context;
  const found = await groupStatus(context);
  await output.print({
    json: () => found.statuses satisfies readonly LineOf<'status'>[],
    text: (colors) => statusTables(found, colors),
  });
  if (output.json) return;
  for (const line of summary(found)) output.note(line);
};

const showAgain = async (context: CommandContext, everySeconds: number): Promise<void> => {
  const { output } = context;
  let last: ScreenFacts['last'] | undefined;
  for await (const sight of watchStatus(context, { everyMs: everySeconds * 1_000 })) {
    if (sight.kind === 'status') last = sight;
    if (output.json || !output.onScreen) {
      const line = sightJson(sight);
      if (line !== null) await output.record(line);
    } else if (last !== undefined)
      await output.redraw(screen({ sight, last, everySeconds, colors: output.colors }));
  }
};
