import { InvalidArgumentError, Option } from 'commander';
import type { z } from 'zod';
import { decide, type Decision } from '../domain/decide.ts';
import { type Ledger, UNIT } from '../domain/ledger.ts';
import { count } from '../domain/words/count.ts';
import { MOST_DUE } from '../domain/words/policy-words.ts';
import { refuseUnwritable, writeTarget } from '../operations/history/target-file.ts';
import { openDatabase } from '../operations/servers/servers.ts';
import { readLedger } from '../postgres/ledgers.ts';
import { getPolicy } from '../postgres/policies.ts';
import { noteSimilarChannels, requireKnownChannel } from '../operations/channels/known-channel.ts';
import { channelView, type ChannelView } from '../operations/fairness/channel-view.ts';
import { imaginedRun } from '../operations/fairness/imagined-run.ts';
import { knownNames } from '../operations/fairness/known-names.ts';
import type { Cli } from './frame/cli.ts';
import { id, ids } from './frame/flags.ts';
import type { Output } from './frame/output.ts';
import type { nextRunner, standing } from './json/run-lines.ts';
import { ledgerTable } from './text/ledger.ts';
import { ledgerPicture } from './text/ledger-picture.ts';
import { rankingTable } from './text/ranking.ts';
import { fairShare } from './text/runs.ts';
import { oneLine } from './text/table.ts';

type FairnessOptions = {
  readonly channel: string;
  readonly next?: readonly string[];
  readonly svg?: string;
};

export const fairness = (cli: Cli): void => {
  cli
    .command('fairness', 'Show who made how many runs against their fair share, and who would go next', [
      'runclose fairness --channel C024BE7LR',
      'runclose fairness --channel C024BE7LR --next U01,U02,U03',
    ])
    .addOption(new Option('--channel <id>', 'the channel (required)').argParser(id).makeOptionMandatory())
    .addOption(
      new Option(
        '--next <ids>',
        'show who would go if only these people ordered now: user ids, separated by commas',
      ).argParser(people),
    )
    .addOption(
      new Option('--svg <file>', 'also write the balances as an SVG picture to this file').conflicts('next'),
    )
    .action(
      cli.view(async (context, { channel, next, svg }: FairnessOptions) => {
        const { output, settings } = context;
        if (svg !== undefined) await refuseUnwritable(svg, 'picture');
        const pool = await openDatabase(context, settings('database'));
        const { ledger } = await readLedger(pool, channel);
        const policy = await getPolicy(pool, channel);
        if (next === undefined) {
          await requireKnownChannel(pool, channel);
          const view = channelView(channel, ledger, policy, await knownNames(pool, channel));
          await showLedger(output, view, ledger);
          if (svg !== undefined) await writeTarget(svg, ledgerPicture(view));
          return;
        }
        await noteSimilarChannels(output, pool, channel);
        const run = imaginedRun(channel, next, await knownNames(pool, channel));
        await showNext(output, channel, decide({ ledger, policy, closedBy: undefined }, run));
      }),
    );
};

const showLedger = async (output: Output, view: ChannelView, { head }: Ledger): Promise<void> => {
  const { channelId, lines } = view;
  if (output.json) {
    for (const { displayName: _name, servedInWindow: _count, ...member } of lines) {
      await output.record({
        channelId,
        ...member,
        fairShare: fairShare(member),
        unit: UNIT,
      } satisfies z.infer<typeof standing>);
    }
    return;
  }
  if (lines.length > 0) await output.line(ledgerTable(view, output.colors));
  output.note(
    head.sequence === 0
      ? `No run has been closed in ${channelId} yet.`
      : `${count(head.sequence, 'run')} closed in ${channelId}. A balance is runs made minus fair share (negative: owes runs). ${MOST_DUE[view.policy]}`,
  );
};

const showNext = async (output: Output, channelId: string, decision: Decision): Promise<void> => {
  if (output.json) {
    await output.record(nextJson(channelId, decision));
    return;
  }
  if (decision.kind === 'rejected') {
    await output.line(oneLine(`Nobody would go: ${decision.reason}: ${decision.message}`));
    return;
  }
  await output.line(rankingTable(decision, output.colors));
  await output.line(`\n${oneLine(decision.fairness.explanation)}`);
  if (decision.fairness.reason === 'TIE_LOT') {
    output.note(
      "The lot depends on the run's id: with the id of a real run, another of the tied people may be picked.",
    );
  }
};

const nextJson = (channelId: string, decision: Decision): z.infer<typeof nextRunner> => {
  if (decision.kind === 'rejected') {
    const { kind, ...facts } = decision;
    return { channelId, outcome: kind, ...facts };
  }
  const { kind, ...facts } = decision;
  return { channelId, outcome: kind, ...facts };
};

const people = (value: string): readonly string[] => {
  const named = value.split(',').reduce<readonly string[]>((all, each) => ids(each.trim(), all), []);
  if (named.length > 200) throw new InvalidArgumentError('A run has 200 orders at most.');
  return named;
};
