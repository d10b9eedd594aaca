import type { RunSummary } from '../domain/records.ts';
import type { Cli } from './frame/cli.ts';
import { COMMAND_FILE_HELP, readCommands } from './request/command-file.ts';
import type { Colors } from './frame/output.ts';
import { type Preview, previewCommands } from '../operations/preview/preview-commands.ts';
import { openDatabase } from '../operations/servers/servers.ts';
import type { LineOf } from './json/lines.ts';
import { withTimes } from './text/json.ts';
import { rankingTable } from './text/ranking.ts';
import { oneLine } from '../domain/visible-text.ts';

export const preview = (cli: Cli): void => {
  cli
    .command('preview', 'Show how commands would be decided now; writes and publishes nothing', [
      'runclose preview close.json',
      'runclose preview - --json < month.ndjson',
    ])
    .argument('<file>', COMMAND_FILE_HELP)
    .action(
      cli.view(async (context, file: string) => {
        const { output, settings } = context;
        const commands = await readCommands(context, file);
        const pool = await openDatabase(context, settings('database'));
        for (const each of await previewCommands(pool, commands))
          await output.print({
            json: () => previewJson(each),
            text: (colors) => previewText(each, colors),
          });
        output.note('Nothing was written. To close the runs: runclose request <file> --wait');
      }),
    );
};

const previewJson = ({ command, ...preview }: Preview): LineOf<'preview'> => {
  const { commandId, channelId, runId } = command;
  return { commandId, channelId, runId, ...withTimes(preview) };
};

const previewText = (preview: Preview, colors: Colors): string => {
  const { runId, channelId, commandId } = preview.command;
  switch (preview.outcome) {
    case 'duplicate':
      return oneLine(`${runId} in ${channelId}: command ${commandId} is known, so nothing would be emitted.`);
    case 'rejected':
      return oneLine(
        `Command ${commandId} would not close ${runId} in ${channelId}: ${preview.rejected.reason}: ${preview.rejected.message}`,
      );
    case 'closed':
      return [
        oneLine(`${runId} would be run ${preview.closed.sequence} of ${channelId}:`),
        '',
        rankingTable(preview.closed, colors),
        '',
        ...boxed('to the channel', preview.summary.channelText, colors),
        ...boxed('to the runner, after the same text', addedFor(preview.summary), colors),
      ].join('\n');
  }
};

/** The part of the runner's text that the channel's text does not have: the runner's text begins with the channel's. */
const addedFor = ({ channelText, runnerText }: RunSummary): string =>
  runnerText.slice(channelText.length).trimStart();

/** Keeps the line breaks of the text. Replaces everything else that could disturb a terminal. */
const boxed = (title: string, text: string, { dim }: Colors): readonly string[] => [
  dim(title),
  ...text.split('\n').map((line) => `${dim('│')} ${oneLine(line)}`),
  '',
];
