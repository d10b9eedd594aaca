import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cachedFolder, obtainCached } from './cache.ts';
import { root } from './folders.ts';
import { runMaven } from './maven.ts';
import type { MavenDeps } from './maven.ts';

/** Where settings that belong to Kafka itself stand. */
export const kafkaParts = join(root, 'scripts/stack/kafka-parts');

const pom = join(kafkaParts, 'pom.xml');

/** Another pom.xml is another folder, so that checkouts of different ages stay apart. */
const name = `kafka-${createHash('sha256').update(readFileSync(pom)).digest('hex').slice(0, 12)}`;

/** The class path of the broker and of its tools, the console consumer among them. */
export const kafkaClassPath = join(cachedFolder(name), '*');

export const obtainKafka = (deps: MavenDeps): Promise<string> =>
  obtainCached(name, (draft) =>
    runMaven(
      'Apache Kafka (54 MB)',
      ['-f', pom, 'dependency:copy-dependencies', '-DincludeScope=runtime', `-DoutputDirectory=${draft}`],
      deps,
    ),
  );
