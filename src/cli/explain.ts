import { Argument, Option } from 'commander';
import type { z } from 'zod';
import { topicNames } from '../kafka/topic-names.ts';
import { decisionOnCommand, decisionsOnRun } from '../postgres/decisions.ts';
import type { Database } from '../postgres/pool.ts';
import { Failure } from '../processor/failure.ts';
import { unknownChannel } from './channel/known-channel.ts';
import type { Cli, CommandContext } from './frame/cli.ts';
import { channelUnknown, wrongUse } from './frame/exit-codes.ts';
import { explanationOf, type ExplanationDeps } from './explain/explanation.ts';
import { id } from './frame/flags.ts';
import type { skippedExplanation, unstoredExplanation } from './json/run-lines.ts';
import type { Output } from './frame/output.ts';
import { createReadValue } from '../operations/servers/record-reading.ts';
import { openDatabase, openReader, openRegistry } from '../operations/servers/servers.ts';
import { explanationJson, explanationText } from './explain/explanation-text.ts';
import { time, withTimes } from './text/json.ts';
import { place } from '../wire/place.ts';
import { oneLine } from './text/table.ts';
import { findSkippedCommands, type SkippedCommand } from './explain/skipped-commands.ts';
import { findUnstoredRejections, type UnstoredRejection } from './explain/unstored-rejections.ts';

type ExplainOptions = { readonly channel: string; readonly command?: string };

export const explain = (cli: Cli): void => {
  cli
    .command('explain', 'Show why this person went, or what became of a command', [
      'runclose explain R-2041 --channel C024BE7LR',
      'runclose explain --command 7d8f3c1e --channel C024BE7LR',
    ])
    .addArgument(new Argument('[run]', 'the id of a run').argParser(id))
    .addOption(new Option('--channel <id>', 'the channel').argParser(id).makeOptionMandatory())
    .addOption(new Option('--command <id>', 'a command, instead of a run').argParser(id))
    .action(
      cli.view(async (context, runId: string | undefined, { channel, command }: ExplainOptions) => {
        if ((runId === undefined) === (command === undefined))
          throw wrongUse('give a run or --command, one of them');
        const deps = await open(context);
        if (runId !== undefined) await explainRun(deps, context.output, channel, runId);
        if (command !== undefined) await explainCommand(deps, context.output, channel, command);
      }),
    );
};

const open = async (context: CommandContext): Promise<ExplanationDeps> => {
  const config = context.settings('kafka', 'registry', 'database');
  const pool = await openDatabase(context, config);
  const reader = await openReader(context, config);
  const registry = await openRegistry(context, config);
  const names = topicNames(config.topics.prefix);
  return { pool, reader, names, schemas: registry.schemas, read: createReadValue(registry) };
};

const explainRun = async (
  deps: ExplanationDeps,
  output: Output,
  channelId: string,
  runId: string,
): Promise<void> => {
  const decisions = await decisionsOnRun(deps.pool, channelId, runId);
  if (decisions.length === 0) throw await unknown(deps.pool, `run ${runId}`, channelId);
  for (const [index, decision] of decisions.entries()) {
    const explanation = await explanationOf(deps, decision);
    if (output.json) await output.record(explanationJson(explanation));
    else await output.line(`${index === 0 ? '' : '\n'}${explanationText(explanation, output.colors)}`);
  }
};

const explainCommand = async (
  deps: ExplanationDeps,
  output: Output,
  channelId: string,
  commandId: string,
): Promise<void> => {
  const { pool, reader, read, names } = deps;
  const decision = await decisionOnCommand(pool, channelId, commandId);
  if (decision !== null) {
    const explanation = await explanationOf(deps, decision);
    if (output.json) await output.record(explanationJson(explanation));
    else await output.line(explanationText(explanation, output.colors));
    return;
  }
  const rejections = await findUnstoredRejections(reader, read, names, channelId, commandId);
  const skipped = await findSkippedCommands(deps, channelId, commandId);
  if (rejections.length + skipped.length === 0) throw await unknown(pool, `command ${commandId}`, channelId);
  for (const rejection of rejections) await showUnstored(output, rejection);
  for (const command of skipped) await showSkipped(output, command);
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
    await output.line(`The command stood at ${place(source)}, its rejection stands at ${place(record)}.`);
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

const unknown = async (pool: Database, what: string, channelId: string): Promise<Failure> => {
  const noChannel = await unknownChannel(pool, channelId);
  return noChannel === null
    ? new Failure(
        'fatal',
        'NOTHING_DECIDED',
        `nothing is decided on ${what} in channel ${channelId}. ${ELSEWHERE}`,
      )
    : channelUnknown(`${noChannel}\n  ${ELSEWHERE}`);
};

const ELSEWHERE = 'Commands that wait: runclose status; records that cannot be read: runclose dlq list';
