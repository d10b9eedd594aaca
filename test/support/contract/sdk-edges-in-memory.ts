import { topicNames } from '../../../src/kafka/names/topic-names.ts';
import { createTestRunClose } from '../../../src/testing/test-run-close.ts';
import type { SdkEdges } from './sdk-edges.ts';

const TURNS = 20;
const MAX_TURNS = 100_000;

export const createEdgesInMemory = (): SdkEdges => {
  const runClose = createTestRunClose({ partitions: 2 });
  const started: { stop(): unknown }[] = [];
  let parkings = 0;

  const turns = async (): Promise<void> => {
    for (let turn = 0; turn < TURNS; turn++) await new Promise((resolve) => setImmediate(resolve));
  };

  const publisher: SdkEdges['publisher'] = (settings) => {
    const created = runClose.publisher(settings);
    started.push({ stop: () => created.close() });
    return created;
  };

  return {
    names: topicNames(),
    publisher,
    undecodablePublisher: async () => {
      runClose.deadLetterNext();
      return publisher();
    },
    subscriber: (settings) => {
      const subscriber = runClose.subscriber(settings);
      started.push(subscriber);
      return subscriber;
    },
    until: async (what, holds) => {
      for (let turn = 0; !(await holds()); turn++) {
        if (turn === MAX_TURNS) throw new Error(`still not: ${what}`);
        await new Promise((resolve) => setImmediate(resolve));
      }
    },
    pass: async (milliseconds) => {
      await turns();
      runClose.pass(milliseconds);
    },
    processor: async (state) => {
      runClose[state]('processor');
    },
    away: (server) => {
      runClose.away(server);
    },
    put: async (topic, record) => {
      runClose.put(topic, record);
    },
    records: async (topic) => runClose.records(topic),
    expire: async (topic) => {
      runClose.expire(topic);
    },
    redeliver: async () => {
      runClose.redeliver();
    },
    parkingTopic: async () => `parked-${String(++parkings)}`,
    disable: async (channelId) => {
      runClose.given({ channelId, policy: { enabled: false } });
    },
    endTest: async () => {
      const stopped = Promise.all(started.map((it) => it.stop()));
      await turns();
      // Handlers that never answer keep a stop waiting.
      runClose.pass(30_000);
      await stopped;
    },
  };
};
