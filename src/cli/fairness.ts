import { InvalidArgumentError, Option } from 'commander';
import type { Decision } from '../domain/decide.ts';
import { UNIT } from '../domain/ledger.ts';
import { MAX_ORDERS } from '../domain/validate.ts';
import { count } from '../domain/words/count.ts';
import { WHO_IS_DUE } from '../domain/words/policy-words.ts';
import type { ChannelView, LedgerLine } from '../operations/fairness/channel-view.ts';
import { decideNext, readStandings } from '../operations/fairness/standings.ts';
import { refuseUnwritable, writeTarget } from '../operations/history/target-file.ts';
import type { Cli } from './frame/cli.ts';
import { id, ids } from './frame/flags.ts';
import type { Output } from './frame/output.ts';
import type { LineOf } from './json/lines.ts';
import { ledgerTable } from './text/ledger.ts';
import { ledgerPicture } from './text/ledger-picture.ts';
import { rankingTable } from './text/ranking.ts';
import { fairShare } from './text/runs.ts';
import { oneLine } from '../domain/visible-text.ts';

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
    .requiredOption('--channel <id>', 'the channel (required)', id)
    .option(
      '--next <ids>',
      'show who would go if only these people ordered now: user ids, separated by commas',
      parsePeople,
    )
    .addOption(
      new Option('--svg <file>', 'also write the balances as an SVG picture to this file').conflicts('next'),
    )
    .action(
      cli.view(async (context, { channel, next, svg }: FairnessOptions) => {
        const { output } = context;
        if (svg !== undefined) await refuseUnwritable(svg, 'picture');
        if (next !== undefined) return showNext(output, channel, await decideNext(context, channel, next));
        const view = await readStandings(context, channel);
        await showLedger(output, view);
        if (svg !== undefined) await writeTarget(svg, ledgerPicture(view));
        return undefined;
      }),
    );
};

const showLedger = async (output: Output, view: ChannelView): Promise<void> => {
  const { channelId, lines } = view;
  if (lines.length > 0)
    await output.print({
      json: () => lines.map((line) => lineJson(channelId, line)),
      text: (colors) => ledgerTable(view, colors),
    });
  if (output.json) return;
  const closed = view.sequence - 1;
  output.note(
    closed === 0
      ? `No run has been closed in ${channelId} yet.`
      : `${count(closed, 'run')} closed in ${channelId}. A balance is runs made minus fair share (negative: owes runs). ${WHO_IS_DUE[view.policy]}`,
  );
};

const lineJson = (
  channelId: string,
  { displayName: _name, servedInWindow: _count, ...member }: LedgerLine,
): LineOf<'fairness'> => ({ channelId, ...member, fairShare: fairShare(member), unit: UNIT });

const showNext = async (output: Output, channelId: string, decision: Decision): Promise<undefined> => {
  await output.print({
    json: () => nextJson(channelId, decision),
    text: (colors) =>
      decision.kind === 'rejected'
        ? oneLine(`Nobody would go: ${decision.reason}: ${decision.message}`)
        : `${rankingTable(decision, colors)}\n\n${oneLine(decision.fairness.explanation)}`,
  });
  if (!output.json && decision.kind === 'closed' && decision.fairness.reason === 'TIE_LOT')
    output.note(
      "The lot depends on the run's id: with the id of a real run, another of the tied people may be picked.",
    );
};

const nextJson = (channelId: string, decision: Decision): LineOf<'fairness'> => {
  if (decision.kind === 'rejected') {
    const { kind, ...facts } = decision;
    return { channelId, outcome: kind, ...facts };
  }
  const { kind, ...facts } = decision;
  return { channelId, outcome: kind, ...facts };
};

const parsePeople = (value: string): readonly string[] => {
  const named = value.split(',').reduce<readonly string[]>((all, each) => ids(each.trim(), all), []);
  if (named.length > MAX_ORDERS) throw new InvalidArgumentError(`A run has ${MAX_ORDERS} orders at most.`);
  return named;
};
