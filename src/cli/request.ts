import type { Config } from '../config/config.ts';
import type { Published } from '../operations/request/command-outcomes.ts';
import { openRequests, type Following } from '../operations/request/follow-requests.ts';
import {
  createUnreportedCommands,
  type UnreportedCommands,
} from '../operations/request/unreported-commands.ts';
import { publishCommands, type PublishDeps } from '../operations/request/publish-commands.ts';
import { PublishFailure } from '../sdk/publish-failure.ts';
import { createRunClosePublisher } from '../sdk/run-close-publisher.ts';
import type { Cli, CommandContext } from './frame/cli.ts';
import { wrongUse } from '../processor/failure.ts';
import { EXIT } from './frame/exit-codes.ts';
import { wholeNumber } from './frame/flags.ts';
import type { Output } from './frame/output.ts';
import { createProgress } from './frame/progress.ts';
import { COMMAND_FILE_HELP, readCommands } from './request/command-file.ts';
import { rfc3339 } from './text/json.ts';
import { outcomeJson, outcomeLine, publishedJson, publishedLine } from './request/outcome-text.ts';

/** Not commander's own default: that would hide whether the option was given. */
const DEFAULT_TIMEOUT_SECONDS = 30;

type RequestOptions = { readonly wait?: boolean; readonly timeout?: number };

export const request = (cli: Cli): void => {
  cli
    .command('request', 'Ask to close runs: publish the commands of a file, or of stdin (-)', [
      'runclose request close.json --wait',
      'runclose request - --wait --json < month.ndjson',
    ])
    .argument('<file>', COMMAND_FILE_HELP)
    .option(
      '--wait',
      'wait for the outcome of each command and print it; exit with 1 if one does not come in time',
    )
    .option(
      '--timeout <seconds>',
      `with --wait: how long to wait for outcomes (default: ${DEFAULT_TIMEOUT_SECONDS})`,
      wholeNumber(1, 86_400),
    )
    .action(
      cli.perform(async (context, file: string, { wait = false, timeout }: RequestOptions) => {
        if (timeout !== undefined && !wait)
          throw wrongUse('--timeout needs --wait: without --wait, there is nothing to wait for');
        const { output } = context;
        const commands = await readCommands(context, file);
        const { config, startFollowing } = await openRequests(context);
        const publisher = openPublisher(context, config);
        const startedAt = Date.now();
        const following = wait ? await startFollowing() : undefined;

        const unreported = createUnreportedCommands(output);
        context.onClose(() => unreported.note());
        const watched = output.watched && (wait || !output.onScreen);
        const deps: PublishDeps = {
          publish: (portion) => publisher.publish(portion),
          isNotSent: (failure) => failure instanceof PublishFailure && failure.outcome === 'not sent',
          unreported,
          progress: createProgress({ watched }, 'publishing', commands.length),
        };
        const published: Published[] = [];
        for await (const each of publishCommands(deps, commands)) {
          published.push(each);
          if (wait) continue;
          await output.print({
            json: () => publishedJson(each),
            text: (colors) => publishedLine(each, colors),
          });
          unreported.reported(each);
        }
        if (following === undefined) {
          for (const line of whereToFindOutcomes(startedAt)) output.note(line);
          return EXIT.done;
        }
        const deadline = new AbortController();
        const timer = setTimeout(() => deadline.abort(), (timeout ?? DEFAULT_TIMEOUT_SECONDS) * 1_000);
        context.onClose(() => clearTimeout(timer));
        return showOutcomes(following, published, unreported, { signal: deadline.signal, output });
      }),
    );
};

/** Says where to find the outcomes. Publishers may read them in Kafka, and usually have no access to the processor's database. */
const whereToFindOutcomes = (since: number): readonly string[] => [
  `To see the outcomes: runclose tail run.closed run.close.rejected run.close.requested.dlq --from ${rfc3339(since)}`,
  "Next time, --wait prints them. With the processor's database: runclose explain --command <id> --channel <id>",
];

const openPublisher = (
  context: CommandContext,
  { kafka, registry, topics }: Config<'kafka' | 'registry'>,
) => {
  // Publish invalid commands, too: the processor rejects them, and the rejection is shown as their outcome.
  const publisher = createRunClosePublisher({
    kafka,
    registry,
    topicPrefix: topics.prefix,
    invalidCommands: 'publish',
  });
  context.onClose(() => publisher.close());
  return publisher;
};

const showOutcomes = async (
  { follow, hindrances }: Following,
  published: readonly Published[],
  unreported: UnreportedCommands,
  { signal, output }: { readonly signal: AbortSignal; readonly output: Output },
): Promise<number> => {
  const progress = createProgress(
    { watched: output.watched && !output.onScreen },
    'outcomes',
    published.length,
  );
  let known = 0;
  const missing: Published[] = [];
  try {
    for await (const [command, outcome] of follow(published, signal)) {
      if (outcome.outcome === 'timeout') missing.push(command);
      await output.print({
        json: () => outcomeJson(command, outcome),
        text: (colors) => outcomeLine(command, outcome, colors),
      });
      unreported.reported(command);
      progress.set((known += 1));
    }
  } finally {
    progress.stop();
  }
  if (missing.length === 0) return EXIT.done;
  const found = await hindrances(missing);
  const advice = found.length === 0 ? ' Does a processor run? With its database: runclose status' : '';
  output.note(`No outcome yet: ${missing.length} of ${published.length}.${advice}`);
  for (const line of found) output.note(line);
  return EXIT.failed;
};
