import { setTimeout as sleep } from 'node:timers/promises';
import type { Config } from '../../src/config/config.ts';
import { createKafka } from '../../src/kafka/client/client.ts';
import { createPublisher } from '../../src/kafka/produce/publisher.ts';
import { topicNames } from '../../src/kafka/names/topic-names.ts';
import { createRunClosePublisher } from '../../src/sdk/run-close-publisher.ts';
import type { Entry } from './month.ts';

export type PublishOptions = {
  readonly config: Config<'kafka' | 'registry'>;
  readonly millisecondsBetween: number;
  readonly signal: AbortSignal;
  /** Called after each command with the number of published commands. */
  readonly onPublished: (count: number) => void;
};

/** Publishes the commands one after the other, at a pace that people can follow. */
export const publishMonth = async (entries: readonly Entry[], options: PublishOptions): Promise<void> => {
  const { config, millisecondsBetween, signal, onPublished } = options;
  const { kafka, registry, topics } = config;
  const publisher = createRunClosePublisher({
    kafka,
    registry,
    topicPrefix: topics.prefix,
    // Some of the month's commands are invalid on purpose, so that they are rejected.
    invalidCommands: 'publish',
  });
  const stranger = createPublisher(createKafka(kafka));
  try {
    for (const [index, entry] of entries.entries()) {
      if (entry.kind === 'command') await publisher.publish(entry.command);
      else {
        const record = { key: Buffer.from(entry.channelId), value: entry.bytes, headers: [] };
        await stranger.publish(topicNames(topics.prefix).requested, [record]);
      }
      onPublished(index + 1);
      await sleep(millisecondsBetween, undefined, { signal });
    }
  } finally {
    await Promise.all([publisher.close(), stranger.close()]);
  }
};
