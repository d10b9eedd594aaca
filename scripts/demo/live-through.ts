import { loadConfig } from '../../src/config/config.ts';
import { createKafka } from '../../src/kafka/client/client.ts';
import { topicNames } from '../../src/kafka/names/topic-names.ts';
import { followLines } from './follow-lines.ts';
import { hasPassedAll } from './group-progress.ts';
import type { Month } from './month.ts';
import { createOutcomeLines } from './outcome-line.ts';
import { publishMonth } from './publish-month.ts';
import type { Runclose } from './runclose.ts';
import type { Story } from './story.ts';
import { serveLogFile } from './sandbox.ts';
import { waitFor } from './wait-for.ts';

export type LiveDeps = {
  readonly variables: Readonly<Record<string, string>>;
  readonly runclose: Runclose;
  readonly story: Story;
  readonly signal: AbortSignal;
  /** Called when half of the outcomes are there. Publishing continues meanwhile. */
  readonly halfWay: () => Promise<void>;
};

const MILLISECONDS_BETWEEN = 80;
/** A killed member keeps its partitions until its session of 30 s ends. */
const PATIENCE_SECONDS = 120;

/** Publishes the month and prints the outcomes, until every command has one. */
export const liveThrough = async (month: Month, deps: LiveDeps): Promise<void> => {
  const { variables, runclose, story, signal, halfWay } = deps;
  const config = loadConfig(variables, ['kafka', 'registry']);
  const names = topicNames(config.topics.prefix);
  const expected = month.entries.filter(({ outcome }) => outcome !== 'duplicate').length;
  let published = 0;
  let outcomes = 0;
  const lines = createOutcomeLines(story.colors);
  const show = (): void => {
    story.progress(outcomes, expected, `outcomes, ${published}/${month.entries.length} published`);
  };

  const over = new AbortController();
  const publishing = publishMonth(month.entries, {
    config,
    millisecondsBetween: MILLISECONDS_BETWEEN,
    signal: AbortSignal.any([signal, over.signal]),
    onPublished: (count) => {
      published = count;
      show();
    },
  });
  const following = runclose.follow(
    ['tail', '--json', '--from', 'beginning', names.closed, names.rejected, names.deadLetters],
    () => {
      outcomes += 1;
      show();
    },
    over.signal,
  );
  const telling = followLines(serveLogFile, (line) => {
    const text = lines.next(line);
    if (text !== undefined) story.say(text);
  });
  const watching = async (): Promise<void> => {
    const patience = { seconds: PATIENCE_SECONDS, signal };
    await waitFor(() => outcomes >= expected / 2, { ...patience, what: 'half of the outcomes' });
    await halfWay();
    await publishing;
    await waitFor(() => outcomes >= expected, { ...patience, what: 'all outcomes' });
    const client = createKafka(config.kafka);
    const isDone = (): Promise<boolean> => hasPassedAll(client, names.requested, config.kafka.groupId);
    await waitFor(isDone, { ...patience, what: 'the last duplicate to be passed' });
  };
  try {
    await Promise.race([following, Promise.all([publishing, watching()])]);
  } finally {
    over.abort();
    telling.stop();
  }
};
