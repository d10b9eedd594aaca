import { Option } from 'commander';
import { present } from '../../config/section.ts';
import { POLICY_NAMES } from '../../domain/channel-policy.ts';
import { WINDOW_POLICIES } from '../../domain/policies.ts';
import { joinNames } from '../../domain/words/names.ts';
import type { RunSettings } from '../../replay/reconstructed-command.ts';
import { repeatOption, windowRuns } from '../channel/channel-flags.ts';
import type { Cli } from '../frame/cli.ts';
import { EXIT } from '../frame/exit-codes.ts';
import { wrongUse } from '../../processor/failure.ts';
import { id } from '../frame/flags.ts';
import { fromOption, toOption } from '../frame/where-flags.ts';
import type { LineOf } from '../json/lines.ts';
import { positionsAt } from '../../wire/position.ts';
import type { SourceOptions } from '../../operations/history/closed-run-source.ts';
import { refuseEmptyRange } from '../../operations/history/range.ts';
import { refuseUnwritable, writeTarget } from '../../operations/history/target-file.ts';
import { askWhatIf } from '../../operations/what-if/ask-what-if.ts';
import { limitOption } from './replay-flags.ts';
import { whatIfNotes } from './what-if-notes.ts';
import { whatIfPage } from '../../operations/what-if/what-if-page.ts';
import { whatIfText } from './what-if-text.ts';

type WhatIfOptions = SourceOptions &
  Partial<RunSettings> & { readonly limit: number; readonly report?: string };

/** The names of flags that differ from the names of settings. */
const SHOWN: Readonly<Record<string, string>> = { windowRuns: 'window-runs' };

export const replayWhatIf = (cli: Cli): void => {
  cli
    .command('what-if', 'Decide real runs again under another policy, and show what would have changed', [
      'runclose replay what-if --policy least-recent',
      'runclose replay what-if --repeat soft --channel C024BE7LR --file month.avro',
    ])
    .addOption(new Option('--policy <name>', 'how the runner is picked instead').choices(POLICY_NAMES))
    .option(
      '--window-runs <n>',
      `how many past runs count instead under ${joinNames(WINDOW_POLICIES)} (1–50)`,
      windowRuns,
    )
    .addOption(repeatOption())
    .option('--file <file>', 'read a file of `replay export --with-events` instead of the topic run.closed')
    .addOption(fromOption('where to start in run.closed'))
    .addOption(toOption())
    .option('--channel <id>', 'this channel only', id)
    .option('--report <file>', 'write a self-contained HTML page with charts to this file')
    .addOption(limitOption('changed picks; all are counted', 10))
    .action(
      cli.view(async (context, options: WhatIfOptions) => {
        const { output } = context;
        const { policy, windowRuns: runs, repeat } = options;
        const changes = present({ policy, windowRuns: runs, repeat });
        if (Object.keys(changes).length === 0)
          throw wrongUse('name a change: --policy, --window-runs or --repeat');
        refuseEmptyRange(options.from, options.to);
        if (options.report !== undefined) await refuseUnwritable(options.report, 'page');
        const { report, source, unreadable } = await askWhatIf(context, { ...options, changes });
        const notes = whatIfNotes(report, changes);
        if (options.report !== undefined) {
          const shown = Object.entries(changes).map(
            ([setting, value]) => `${SHOWN[setting] ?? setting} ${String(value)}`,
          );
          await writeTarget(options.report, whatIfPage(report, { changes: shown, source, notes }));
          output.note(`Charts: ${options.report}`);
        }
        await output.print({
          json: () =>
            ({ changes, ...report, unreadable: positionsAt(unreadable) }) satisfies LineOf<'replay what-if'>,
          text: (colors) => whatIfText(report, { notes, unreadable }, colors),
        });
        // Unreadable records are left out, so the figures cover fewer runs than requested.
        return unreadable.length === 0 ? EXIT.done : EXIT.failed;
      }),
    );
};
