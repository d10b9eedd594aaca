import { InvalidArgumentError, Option } from 'commander';
import type { z } from 'zod';
import { decide, type Decision } from '../domain/decide.ts';
import { type Ledger, UNIT } from '../domain/ledger.ts';
import type { Order, RunCloseRequested } from '../domain/records.ts';
import { readLedger } from '../postgres/ledgers.ts';
import { getPolicy } from '../postgres/policies.ts';
import { noteSimilarChannels, requireKnownChannel } from './channel/known-channel.ts';
import type { Cli } from './frame/cli.ts';
import { id, ids } from './frame/flags.ts';
import type { nextRunner, standing } from './json/run-lines.ts';
import type { Output } from './frame/output.ts';
import { openDatabase } from '../operations/servers/servers.ts';
import { count } from '../domain/words/count.ts';
import { fairShare, ledgerTable } from './text/ledger.ts';
import { rankingTable } from './text/ranking.ts';
import { oneLine } from './text/table.ts';

type FairnessOptions = { readonly channel: string; readonly next?: readonly string[] };

export const fairness = (cli: Cli): void => {
  cli
    .command('fairness', 'Show who made how many runs against their fair share, and who would go next', [
      'runclose fairness --channel C024BE7LR',
      'runclose fairness --channel C024BE7LR --next U01,U02,U03',
    ])
    .addOption(new Option('--channel <id>', 'the channel').argParser(id).makeOptionMandatory())
    .addOption(new Option('--next <ids>', 'who would go, if just these people ordered now').argParser(people))
    .action(
      cli.view(async (context, { channel, next }: FairnessOptions) => {
        const { output, settings } = context;
        const pool = await openDatabase(context, settings('database'));
        const { ledger } = await readLedger(pool, channel);
        if (next === undefined) {
          await requireKnownChannel(pool, channel);
          await showLedger(output, channel, ledger);
          return;
        }
        await noteSimilarChannels(output, pool, channel);
        const situation = { ledger, policy: await getPolicy(pool, channel), closedBy: undefined };
        await showNext(output, channel, decide(situation, imaginedRun(channel, next)));
      }),
    );
};

const showLedger = async (output: Output, channelId: string, { head, members }: Ledger): Promise<void> => {
  const mostDueFirst = [...members.values()].sort((a, b) => a.balance - b.balance);
  if (output.json) {
    for (const member of mostDueFirst) {
      await output.record({
        channelId,
        ...member,
        fairShare: fairShare(member),
        unit: UNIT,
      } satisfies z.infer<typeof standing>);
    }
    return;
  }
  if (mostDueFirst.length > 0) await output.line(ledgerTable(mostDueFirst, output.colors));
  output.note(
    head.sequence === 0
      ? `No run has been closed in ${channelId} yet.`
      : `${count(head.sequence, 'run')} closed in ${channelId}. A balance is runs made minus fair share: the lowest is most due.`,
  );
};

const showNext = async (output: Output, channelId: string, decision: Decision): Promise<void> => {
  if (output.json) {
    await output.record(nextJson(channelId, decision));
    return;
  }
  if (decision.kind === 'rejected') {
    await output.line(`Nobody would go: ${decision.reason}, ${decision.message}`);
    return;
  }
  await output.line(rankingTable(decision.fairness.ranking, output.colors));
  await output.line(`\n${oneLine(decision.fairness.explanation)}`);
  if (decision.fairness.reason === 'TIE_LOT') {
    output.note("The lot depends on the run's id, so with the real one it may fall to another of the tied.");
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

/** A run that nobody has opened, with one order a person. */
const imaginedRun = (channelId: string, userIds: readonly string[]): RunCloseRequested => ({
  commandId: 'imagined',
  runId: 'imagined',
  channelId,
  channelName: null,
  initiatorUserId: 'imagined',
  actorUserId: 'imagined',
  allowConsecutiveRunner: false,
  requestedAt: 0,
  correlationId: null,
  pickupTime: null,
  pickupNote: null,
  orders: userIds.map(imaginedOrder),
});

const imaginedOrder = (userId: string): Order => ({
  orderId: userId,
  userId,
  slackUserId: null,
  displayName: userId,
  text: '',
  provenance: 'manual',
  submittedAt: 0,
  confirmed: true,
  quantity: 1,
  canRun: true,
});
