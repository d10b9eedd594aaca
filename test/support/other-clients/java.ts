import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { obtainCached } from '../../../scripts/stack/cache.ts';
import { javaCommand } from '../../../scripts/stack/java.ts';
import { kafkaClassPath, obtainKafka } from '../../../scripts/stack/kafka-jars.ts';
import { fetchArtifacts, type PinnedArtifact } from '../../../scripts/stack/pinned-artifacts.ts';
import { createProgress } from '../../../scripts/stack/progress.ts';

const run = promisify(execFile);
const source = fileURLToPath(new URL('./OtherClient.java', import.meta.url));

/** Many machines have a Java without a compiler, so the compiler comes as a library. */
const COMPILER: PinnedArtifact = {
  path: 'org/eclipse/jdt/ecj/3.40.0/ecj-3.40.0.jar',
  sha256: '05cc22a24e7982970f63a405fc6c820bc80b806f27f3c5a6236fc475f8f7152b',
  bytes: 3_312_549,
};
const AVRO: PinnedArtifact = {
  path: 'org/apache/avro/avro/1.12.0/avro-1.12.0.jar',
  sha256: '1f5fbfff9b7427d6832cc3031a3c81413d3e21d9e2551847d9231c28493f9492',
  bytes: 713436,
};

export type JavaClient = {
  readonly command: string;
  /** The arguments that run the program, before its own. */
  readonly args: readonly string[];
  remove(): void;
};

/** `OtherClient.java`, compiled against Java's own Kafka client and Avro. */
export const compileJavaClient = async (): Promise<JavaClient> => {
  const deps = { progress: createProgress(process.stderr), signal: new AbortController().signal };
  await obtainKafka(deps);
  const libraries = await obtainCached('java-client-1.12.0-3.40.0', (draft) =>
    fetchArtifacts("Avro and a compiler for Java's client", [COMPILER, AVRO], draft, deps),
  );
  const classes = mkdtempSync(join(tmpdir(), 'runclose-java-'));
  // A compiled class needs Java 17, the oldest that Kafka runs on.
  const options = ['-source', '17', '-target', '17', '-nowarn', '-d', classes];
  const classPath = [kafkaClassPath, join(libraries, '*'), classes].join(delimiter);
  const compiler = ['-cp', join(libraries, '*'), 'org.eclipse.jdt.internal.compiler.batch.Main'];
  // The compiler does not know `*`.
  const jars = [dirname(kafkaClassPath), libraries].flatMap((folder) =>
    readdirSync(folder).map((jar) => join(folder, jar)),
  );
  await run(javaCommand(), [...compiler, ...options, '-cp', jars.join(delimiter), source]);
  return {
    command: javaCommand(),
    args: ['-Xmx128m', '-XX:TieredStopAtLevel=1', '-Dlog4j2.level=FATAL', '-cp', classPath, 'OtherClient'],
    remove: () => {
      rmSync(classes, { recursive: true });
    },
  };
};
