import { explainCommand, explainRun, type Found } from '../operations/explain/explain.ts';
import type { SkippedCommand } from '../operations/explain/skipped-commands.ts';
import type { UnstoredRejection } from '../operations/explain/unstored-rejections.ts';
import { wrongUse } from '../processor/failure.ts';
import { readablePosition } from '../wire/position.ts';
import { explanationJson, explanationText } from './explain/explanation-text.ts';
import type { Cli } from './frame/cli.ts';
import { id } from './frame/flags.ts';
import type { Data, Output } from './frame/output.ts';
import type { LineOf } from './json/lines.ts';
import { rfc3339, withTimes } from './text/json.ts';
import { oneLine } from '../domain/visible-text.ts';

type ExplainOptions = { readonly channel: string; readonly command?: string };

export const explain = (cli: Cli): void => {
  cli
    .command('explain', 'Show who was picked for a run and why, or the outcome of a command', [
      'runclose explain R-2041 --channel C024BE7LR',
      'runclose explain --command 7d8f3c1e --channel C024BE7LR',
    ])
    .argument('[run]', 'the id of a run', id)
    .requiredOption('--channel <id>', 'the channel (required)', id)
    .option('--command <id>', 'a command, instead of a run', id)
    .action(
      cli.view(async (context, runId: string | undefined, { channel, command }: ExplainOptions) => {
        if ((runId === undefined) === (command === undefined))
          throw wrongUse('give either a run or --command');
        if (runId !== undefined)
          await show(context.output, explainRun(context, { channelId: channel, runId }));
        if (command !== undefined)
          await show(context.output, explainCommand(context, { channelId: channel, commandId: command }));
      }),
    );
};

const show = async (output: Output, found: AsyncIterable<Found>): Promise<void> => {
  let separator = ''; // an empty line between the decisions on one run
  for await (const item of found) {
    switch (item.kind) {
      case 'decision': {
        const { explanation } = item;
        await output.print({
          json: () => explanationJson(explanation),
          text: (colors) => `${separator}${explanationText(explanation, colors)}`,
        });
        separator = '\n';
        break;
      }
      case 'rejection':
        await output.print(rejectionData(item.rejection));
        break;
      case 'skipped':
        await output.print(skippedData(item.command));
        break;
    }
  }
};

const skippedData = ({ source, command, by, at }: SkippedCommand): Data => {
  const { channelId, runId, commandId } = command;
  return {
    json: (): LineOf<'explain'> => ({
      channelId,
      runId,
      commandId,
      outcome: 'skipped',
      source,
      by,
      at: rfc3339(at),
    }),
    text: () =>
      [
        oneLine(
          `Command ${commandId} did not close ${runId} in ${channelId}: it was skipped at ${rfc3339(at)}${by === null ? '' : ` by ${by}`}.`,
        ),
        `Its record is at ${readablePosition(source)}. A dead letter without content takes its place.`,
      ].join('\n'),
  };
};

const rejectionData = ({ source, record, event }: UnstoredRejection): Data => {
  const { channelId, runId, commandId, reason, message } = event;
  const { topic, partition, offset } = record;
  return {
    json: (): LineOf<'explain'> => ({
      channelId,
      runId,
      commandId,
      outcome: 'rejected',
      reason,
      source,
      emitted: [{ topic, partition, offset }],
      event: withTimes(event),
    }),
    text: () =>
      [
        oneLine(`Command ${commandId} did not close ${runId} in ${channelId}: ${reason}: ${message}`),
        `The command is at ${readablePosition(source)}, and its rejection at ${readablePosition(record)}.`,
      ].join('\n'),
  };
};
