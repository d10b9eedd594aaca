import type { RunSummary } from '../../src/domain/records.ts';
import { liveThrough } from './live-through.ts';
import { readMonth } from './month.ts';
import type { Month } from './month.ts';
import type { Runclose } from './runclose.ts';
import type { DemoServe } from './serve.ts';
import type { Story } from './story.ts';
import { parseTailRecord } from './tail.ts';
import type { TailRecord } from './tail.ts';
import { tellRecount } from './tell-recount.ts';

export type PlayDeps = {
  readonly variables: Readonly<Record<string, string>>;
  readonly runclose: Runclose;
  readonly serve: DemoServe;
  readonly story: Story;
  readonly signal: AbortSignal;
};

/** The channel of a run that deserves a closer look: somebody is back after two weeks, and somebody else goes. */
const CHANNEL = 'support';
const RUN = 'support-20';

/** Shows everything, in order. Resolves with whether the counts are right. */
export const play = async (deps: PlayDeps): Promise<boolean> => {
  const { story, runclose, variables } = deps;
  const month = readMonth();
  const show = async (...args: string[]): Promise<void> => {
    story.command(args);
    await runclose.show(args);
  };

  await setUp(month, deps);
  await live(month, deps);
  const records = (await runclose.read(['tail', '--json', '--until-end'])).map(parseTailRecord);

  story.chapter(`What the channel reads about run ${RUN}`);
  for (const line of channelTextOf(records).split('\n')) story.say(`  ${line}`.trimEnd());
  story.chapter('And why');
  await show('explain', RUN, '--channel', CHANNEL);
  story.chapter('Who went how often, against their fair share');
  await show('fairness', '--channel', CHANNEL);
  story.chapter('Counted again, from the topics, read-committed');
  return tellRecount(records, month.entries, variables['TOPIC_PREFIX'] ?? '', story);
};

const setUp = async (month: Month, { story, runclose }: PlayDeps): Promise<void> => {
  story.chapter('Topics, schemas and tables');
  story.command(['setup']);
  const changes = (await runclose.read(['setup', '--json'])).map(
    (line) => JSON.parse(line) as { server: string },
  );
  for (const server of new Set(changes.map((change) => change.server))) {
    const count = changes.filter((change) => change.server === server).length;
    story.say(`  ${server.padEnd(8)}  ${count} changes`);
  }
  for (const { channelId, settings } of month.channels) {
    if (settings.length === 0) continue;
    const args = ['channel', 'set', channelId, ...settings];
    story.command(args);
    for (const line of await runclose.read(args)) story.say(`  ${line}`);
  }
};

const live = async (month: Month, deps: PlayDeps): Promise<void> => {
  const { story, serve } = deps;
  const { red } = story.colors;
  story.chapter(`October in five channels: ${month.entries.length} commands, and serve killed half-way`);
  story.command(['serve']);
  story.say(`  ready, as process ${await serve.start()}`);
  await liveThrough(month, {
    ...deps,
    halfWay: async () => {
      story.say(red(`$ kill -9 ${await serve.kill()}`));
      story.command(['serve']);
      story.say(`  ready, as process ${await serve.start()}`);
      story.say(
        "  Kafka gives it the partitions when the dead one's session is over, within 30 s: the commands wait.",
      );
    },
  });
};

const channelTextOf = (records: readonly TailRecord[]): string => {
  const summary = records.find(
    ({ headers }) => headers['ce_type'] === 'run.summary' && headers['ce_subject'] === RUN,
  );
  if (summary === undefined) throw new Error(`looking for the summary of ${RUN}: it is not in the topic`);
  return (summary.value as RunSummary).channelText;
};
