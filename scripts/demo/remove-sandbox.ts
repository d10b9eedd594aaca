import { createRegistryLogin } from '../../src/avro/registry-login.ts';
import { loadConfig } from '../../src/config/config.ts';
import { createKafka } from '../../src/kafka/client/client.ts';
import { topicNames } from '../../src/kafka/names/topic-names.ts';
import type { Progress } from '../stack/progress.ts';
import { dropDatabase } from './database.ts';
import { forgetSandbox } from './sandbox.ts';
import type { Sandbox } from './sandbox.ts';
import { stopServe } from './serve.ts';

/**
 * Ends the demo's processor and removes everything that the demo has created. If something cannot be removed, this says so and removes the
 * other things. The names are never used again.
 */
export const removeSandbox = async (sandbox: Sandbox, progress: Progress): Promise<void> => {
  if (sandbox.serve !== undefined) await stopServe(sandbox.serve);
  const steps = [
    removeFromKafka(sandbox),
    removeSubjects(sandbox),
    dropDatabase(sandbox.databaseUrl, sandbox.database),
  ];
  for (const step of await Promise.allSettled(steps)) {
    if (step.status === 'rejected')
      progress.say(`${sandbox.name} could not be removed completely: ${String(step.reason)}`);
  }
  forgetSandbox();
};

const removeFromKafka = async ({ name, variables }: Sandbox): Promise<void> => {
  const admin = createKafka(loadConfig(variables, ['kafka']).kafka).admin();
  try {
    await admin.connect();
    const existing = await admin.listTopics();
    const topics = Object.values(topicNames(`${name}.`)).filter((topic) => existing.includes(topic));
    await admin.deleteTopics({ topics });
    // A killed member counts for another half minute. An empty group ends by itself.
    await admin.deleteGroups([name]).catch(() => undefined);
  } finally {
    await admin.disconnect();
  }
};

/** Deletes first softly, then permanently, because a registry requires this order. */
const removeSubjects = async ({ name, variables }: Sandbox): Promise<void> => {
  const settings = loadConfig(variables, ['registry']).registry;
  const { headers } = await createRegistryLogin(settings)();
  const names = topicNames(`${name}.`);
  for (const topic of [names.requested, names.closed, names.summary, names.rejected]) {
    for (const how of ['', '?permanent=true']) {
      await fetch(`${settings.url}/subjects/${topic}-value${how}`, { method: 'DELETE', headers });
    }
  }
};
