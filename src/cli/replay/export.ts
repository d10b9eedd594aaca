import { join } from 'node:path';
import { createHistoryFileWriter } from '../../avro/history-file-writer.ts';
import { readPolicyVersions } from '../../postgres/replay/policy-versions.ts';
import type { History, HistoryRange } from '../../replay/history.ts';
import { onlyChannel } from '../../replay/only-channel.ts';
import type { Cli, CommandContext } from '../frame/cli.ts';
import { channelUnknown, wrongUse } from '../frame/exit-codes.ts';
import { id, wholeNumber } from '../frame/flags.ts';
import { createProgress } from '../frame/progress.ts';
import { openDatabase } from '../../operations/servers/servers.ts';
import type { LineOf } from '../json/lines.ts';
import { count } from '../../domain/words/count.ts';
import { amongMadeUpPeople } from '../../operations/export/made-up-people.ts';
import { pseudonymKey } from '../../operations/export/pseudonym-key.ts';
import { refuseEmptyRange, type Where } from '../../operations/history/range.ts';
import { WHERE_HELP, where } from './where-flag.ts';
import { createScratchFolder, openScratch } from '../../operations/history/scratch.ts';
import { refuseToLoseCommands } from '../../operations/history/replaced-history.ts';
import { refuseToReplace } from '../../operations/history/target-file.ts';
import { openTopicSource, type TopicSource } from '../../operations/history/topic-source.ts';

type ExportOptions = {
  readonly from?: Where;
  readonly to?: Where;
  readonly channel?: string;
  readonly withEvents?: boolean;
  readonly sample?: number;
  readonly pseudonymise?: boolean;
  readonly pseudonymKeyFile?: string;
};

export const replayExport = (cli: Cli): void => {
  cli
    .command('export <file>', 'Write commands, as they stand in the topic, into an Avro file', [
      'runclose replay export month.avro --with-events',
      'runclose replay export sample.avro --with-events --sample 500 --pseudonymise',
    ])
    .option('--with-events', 'and the events and dead letters that they led to')
    .option('--from <where>', `begin there: ${WHERE_HELP} (default: earliest)`, where)
    .option('--to <where>', 'end there (default: committed)', where)
    .option('--channel <id>', 'this channel only', id)
    .option('--sample <n>', 'the first commands only, so many', wholeNumber(1, 1e12))
    .option('--pseudonymise', 'with made-up ids and names and without texts, fit for a repository')
    .option(
      '--pseudonym-key-file <file>',
      'make the ids up with the key in this file, so that exports with the same key have the same ids; a missing file is created (default: a random key that is not kept)',
    )
    .action(
      cli.perform(async (context, path: string, options: ExportOptions) => {
        const { output } = context;
        refuseEmptyRange(options.from, options.to);
        if (options.pseudonymKeyFile !== undefined && options.pseudonymise !== true)
          throw wrongUse(
            '--pseudonym-key-file needs --pseudonymise: without --pseudonymise, all ids are the real ones',
          );
        await refuseToReplace(path, 'export');
        const { history, total, writerSchema, leftOut } = await open(context, options);
        await refuseToLoseCommands(path, history.facts);
        const writer = createHistoryFileWriter({ path, facts: history.facts, writerSchema });
        context.onClose(() => writer.abort());
        const progress = createProgress(output, 'exporting', total);
        context.onClose(() => progress.stop());
        for (const version of history.policies) await writer.policy(version);
        let done = 0;
        for await (const steps of history.steps()) {
          for (const step of steps) await writer.step(step);
          done += steps.length;
          progress.set(done);
        }
        if (done + leftOut() === 0) throw nothingToExport(history, options);
        const { commands, emitted } = await writer.end();
        progress.stop();
        const facts = {
          file: path,
          commands,
          emitted,
          policies: history.policies.length,
          leftOut: leftOut(),
        } satisfies LineOf<'replay export'>;
        if (output.json) await output.record(facts);
        else
          await output.line(
            `${path}: ${count(commands, 'command')}, ${count(emitted, 'record')} they led to`,
          );
        if (leftOut() > 0)
          output.note(`${count(leftOut(), 'record')} left out: what is no valid command may hold anything.`);
      }),
    );
};

/** An empty file in the place of a good one would be noticed when it is needed. */
const nothingToExport = ({ facts }: History, { channel, to }: ExportOptions): Error => {
  if (channel !== undefined)
    return channelUnknown(`no command of channel ${channel} was read: check the id, and the range`);
  if (to !== undefined) return wrongUse(`no command was read from ${facts.topic}: check the range`);
  return wrongUse(
    `no command of ${facts.topic} lies before where the group ${facts.groupId} has committed: check KAFKA_GROUP_ID, or name an end with --to`,
  );
};

const open = async (context: CommandContext, options: ExportOptions) => {
  const events = options.withEvents === true ? 'with-events' : 'commands-only';
  const config = context.settings('kafka', 'registry', 'database');
  const source = await openTopicSource(context, config);
  const found = await source.ranges(
    options.from ?? { kind: 'earliest' },
    options.to ?? { kind: 'committed' },
  );
  const ranges = options.sample === undefined ? found : await firstCommands(source, found, options.sample);
  // After the end is known: whatever decided below it is among them.
  const policies = await readPolicyVersions(await openDatabase(context, config));
  const isMadeUp = options.pseudonymise === true;
  const all = source.history(ranges, isMadeUp ? 'commands-only' : events, policies);
  const real: History = options.channel === undefined ? all : onlyChannel(all, options.channel);
  const total = ranges.reduce((sum, { from, to }) => sum + to - from, 0);
  if (!isMadeUp)
    return {
      history: real,
      total,
      writerSchema: (schemaId: number) => source.writerSchema(schemaId),
      leftOut: () => 0,
    };
  const claims = await openScratch(context, join(await createScratchFolder(context), 'claims'));
  // The cluster id is no secret: Kafka's default image gives the same one to everybody.
  const key = await pseudonymKey(options.pseudonymKeyFile, (message) => context.output.note(message));
  return { ...amongMadeUpPeople(real, { key, claims, events }), total };
};

/** The ranges, cut behind the first commands in the order of the broker's time. */
const firstCommands = async (
  source: TopicSource,
  ranges: readonly HistoryRange[],
  count: number,
): Promise<readonly HistoryRange[]> => {
  const ends = new Map(ranges.map(({ partition, from }) => [partition, from]));
  let left = count;
  for await (const steps of source.history(ranges, 'commands-only', []).steps()) {
    for (const step of steps) {
      if (step.kind !== 'command' || left === 0) continue;
      ends.set(step.record.partition, step.record.offset + 1);
      left -= 1;
    }
    if (left === 0) break;
  }
  return ranges.map((range) => ({ ...range, to: ends.get(range.partition) ?? range.from }));
};
