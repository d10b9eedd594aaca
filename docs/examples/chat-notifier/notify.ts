import { createRunEventsSubscriber, rememberInMemory } from 'runclose';
import { type CHATS, messageFor } from './messages.ts';

const { KAFKA_BROKERS = '', SCHEMA_REGISTRY_URL = '', TOPIC_PREFIX = '', CHAT = 'slack' } = process.env;
const { WEBHOOK_URL = '', NOTIFIER_GROUP_ID = 'chat-notifier' } = process.env;

const ended = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => {
    ended.abort();
  });

await createRunEventsSubscriber({
  kafka: { brokers: KAFKA_BROKERS.split(','), clientId: 'chat-notifier' },
  registry: { url: SCHEMA_REGISTRY_URL },
  topicPrefix: TOPIC_PREFIX,
  groupId: NOTIFIER_GROUP_ID,
  signal: ended.signal,
  remember: rememberInMemory(),
  handlers: {
    'run.summary': async ({ event }) => {
      const answer = await fetch(WEBHOOK_URL, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(messageFor(CHAT as keyof typeof CHATS, event)),
        signal: AbortSignal.timeout(10_000),
      });
      await answer.arrayBuffer();
      // The subscriber calls this handler again until the chat takes the message.
      if (!answer.ok) throw new Error(`the webhook answered ${answer.status}`);
    },
  },
  onUndecodable: ({ topic, partition, offset }) => {
    process.emitWarning(`no event: ${topic}/${partition}@${offset}`);
  },
}).run();
