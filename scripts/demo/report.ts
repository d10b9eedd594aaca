import { relative } from 'node:path';
import { withoutCredentials } from '../../src/observability/logging.ts';
import { topicNames } from '../../src/kafka/names/topic-names.ts';
import { root } from '../stack/folders.ts';
import { demoEnvFile, serveLogFile } from './sandbox.ts';
import type { Sandbox } from './sandbox.ts';
import type { Story } from './story.ts';

/** Says where everything is that the demo leaves running, and how to use it. */
export const tellWhereEverythingIs = ({ variables }: Sandbox, { chapter, say }: Story): void => {
  const http = `http://127.0.0.1:${variables['HTTP_PORT'] ?? ''}`;
  chapter('Where everything is');
  const places = {
    serve: `${http}/health/ready  ${http}/metrics`,
    log: relative(root, serveLogFile),
    Kafka: variables['KAFKA_BROKERS'],
    topics: Object.values(topicNames(variables['TOPIC_PREFIX'])).join(`\n${' '.repeat(12)}`),
    registry: variables['SCHEMA_REGISTRY_URL'],
    Postgres: withoutCredentials(variables['DATABASE_URL'] ?? ''),
  };
  for (const [name, place] of Object.entries(places)) say(`  ${name.padEnd(10)}${place ?? ''}`);
  chapter('Your turn');
  for (const line of [
    `set -a; . ${relative(root, demoEnvFile)}; set +a`,
    'npx runclose request examples/run.json --wait',
    'npx runclose explain friday --channel office',
    'npx runclose tail',
    'npm run demo -- --stop        # ends and removes all of it',
  ]) {
    say(`  ${line}`);
  }
};

/** Says what to do next if nothing is left running. */
export const tellWhatIsNext = ({ chapter, say }: Story): void => {
  chapter('Your turn');
  say('  npm run demo -- --keep        # leaves all of this running, and says where it is');
  say('  npm run stack -- up           # or start afresh: README.md, "Close your own run"');
};
