/**
 * Lists the files of Kafka and the registry with their checksums, for machines without Maven. Run `npm run pin` after a change of
 * `scripts/stack/kafka-parts/pom.xml` or of the registry's version. Maven itself resolves the list.
 */
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { copyKafka, pom } from './stack/kafka-jars.ts';
import { runMaven } from './stack/maven.ts';
import { pinFile } from './stack/pinned-artifacts.ts';
import type { PinnedArtifact, PinnedArtifacts } from './stack/pinned-artifacts.ts';
import { createProgress } from './stack/progress.ts';
import { ARTIFACT, copyRegistry } from './stack/registry.ts';

const deps = { progress: createProgress(process.stderr), signal: new AbortController().signal };

const sha256 = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex');

/** The folder in which a repository keeps a single artifact: Maven copies the artifact without its folders. */
const [group = '', name = '', version = ''] = ARTIFACT.split(':');
const registryFolder = [...group.split('.'), name, version].join('/');

const pinArtifacts = async (
  title: string,
  args: readonly string[],
  below = '',
): Promise<PinnedArtifact[]> => {
  const folder = mkdtempSync(join(tmpdir(), 'runclose-pin-'));
  try {
    await runMaven(title, [...args, '-Dmdep.useRepositoryLayout=true', `-DoutputDirectory=${folder}`], deps);
    return readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((path) => /\.(jar|tar\.gz)$/.test(path))
      .sort()
      .map((path) => {
        const file = join(folder, path);
        return {
          path: `${below}${relative(folder, file).replaceAll('\\', '/')}`,
          sha256: sha256(file),
          bytes: readFileSync(file).length,
        };
      });
  } finally {
    rmSync(folder, { recursive: true });
  }
};

const pins: PinnedArtifacts = {
  pom: sha256(pom),
  kafka: await pinArtifacts('Apache Kafka', copyKafka),
  registry: await pinArtifacts('the schema registry', copyRegistry, `${registryFolder}/`),
};
writeFileSync(pinFile, `${JSON.stringify(pins, null, 2)}\n`);
deps.progress.say(`${pinFile}: ${String(pins.kafka.length + pins.registry.length)} artifacts`);
