import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cachedFolder, obtainCached } from './cache.ts';
import { obtainJava } from './java.ts';
import { kafkaParts } from './kafka-parts.ts';
import type { MavenDeps } from './maven-deps.ts';
import { isMavenThere, runMaven } from './maven.ts';
import { fetchArtifacts, readPins } from './pinned-artifacts.ts';

export const pom = join(kafkaParts, 'pom.xml');

/** Each pom.xml has its own folder, so that checkouts of different ages do not mix. */
const name = `kafka-${createHash('sha256').update(readFileSync(pom)).digest('hex').slice(0, 12)}`;

/** The class path of the broker and of its tools, the console consumer among them. */
export const kafkaClassPath = join(cachedFolder(name), '*');

/** Fetches Kafka's files, and the Java that runs them. */
export const obtainKafka = async (deps: MavenDeps): Promise<string> => {
  await obtainJava(deps);
  return obtainCached(name, (draft) =>
    isMavenThere()
      ? runMaven('Apache Kafka (56 MB)', [...copyKafka, `-DoutputDirectory=${draft}`], deps)
      : fetchArtifacts('Apache Kafka', readPins().kafka, draft, deps),
  );
};

export const copyKafka = ['-f', pom, 'dependency:copy-dependencies', '-DincludeScope=runtime'];
