import { Argument, Option } from 'commander';
import type { z } from 'zod';
import { explainCommand, explainRun, type Found } from '../operations/explain/explain.ts';
import type { SkippedCommand } from '../operations/explain/skipped-commands.ts';
import type { UnstoredRejection } from '../operations/explain/unstored-rejections.ts';
import { wrongUse } from '../processor/failure.ts';
import { place } from '../wire/position.ts';
import { explanationJson, explanationText } from './explain/explanation-text.ts';
import type { Cli } from './frame/cli.ts';
import { id } from './frame/flags.ts';
import type { Output } from './frame/output.ts';
import type { skippedExplanation, unstoredExplanation } from './json/run-lines.ts';
import { time, withTimes } from './text/json.ts';
import { oneLine } from './text/table.ts';

type ExplainOptions = { readonly channel: string; readonly command?: string };

export const explain = (cli: Cli): void => {
  cli
    .command('explain', 'Show why this person was picked, or the outcome of a command', [
      'runclose explain R-2041 --channel C024BE7LR',
      'runclose explain --command 7d8f3c1e --channel C024BE7LR',
    ])
    .addArgument(new Argument('[run]', 'the id of a run').argParser(id))
    .addOption(new Option('--channel <id>', 'the channel (required)').argParser(id).makeOptionMandatory())
    .addOption(new Option('--command <id>', 'a command, instead of a run').argParser(id))
    .action(
      cli.view(async (context, runId: string | undefined, { channel, command }: ExplainOptions) => {
        if ((runId === undefined) === (command === undefined))
          throw wrongUse('give either a run or --command');
        if (runId !== undefined) await show(context.output, explainRun(context, channel, runId));
        if (command !== undefined) await show(context.output, explainCommand(context, channel, command));
      }),
    );
};

const show = async (output: Output, found: AsyncIterable<Found>): Promise<void> => {
  let separator = '';
  for await (const each of found) {
    switch (each.kind) {
      case 'decision': {
        const { explanation } = each;
        if (output.json) await output.record(explanationJson(explanation));
        else await output.line(`${separator}${explanationText(explanation, output.colors)}`);
        separator = '\n';
        break;
      }
      case 'rejection':
        await showUnstored(output, each.rejection);
        break;
      case 'skipped':
        await showSkipped(output, each.command);
        break;
    }
  }
};

const showSkipped = async (output: Output, { source, command, by, at }: SkippedCommand): Promise<void> => {
  const { channelId, runId, commandId } = command;
  if (output.json) {
    await output.record({
      channelId,
      runId,
      commandId,
      outcome: 'skipped',
      source,
      by,
      at: time(at),
    } satisfies z.infer<typeof skippedExplanation>);
    return;
  }
  const who = by === null ? '' : ` by ${by}`;
  await output.line(
    oneLine(
      `Command ${commandId} did not close ${runId} in ${channelId}: it was skipped at ${time(at)}${who}.`,
    ),
  );
  await output.line(`Its record is at ${place(source)}. A dead letter without content takes its place.`);
};

const showUnstored = async (output: Output, { source, record, event }: UnstoredRejection): Promise<void> => {
  if (!output.json) {
    const { reason, message, commandId, runId, channelId } = event;
    await output.line(
      oneLine(`Command ${commandId} did not close ${runId} in ${channelId}: ${reason}: ${message}`),
    );
    await output.line(`The command is at ${place(source)}, and its rejection at ${place(record)}.`);
    return;
  }
  const { channelId, runId, commandId, reason } = event;
  const { topic, partition, offset } = record;
  await output.record({
    channelId,
    runId,
    commandId,
    outcome: 'rejected',
    reason,
    source,
    emitted: [{ topic, partition, offset }],
    event: withTimes(event),
  } satisfies z.infer<typeof unstoredExplanation>);
};
