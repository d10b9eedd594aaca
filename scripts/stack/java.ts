import { spawnSync } from 'node:child_process';
import { isRuntimeThere, obtainRuntime, runtimeFor, runtimeJava, thisMachine } from './java-runtime.ts';
import type { MavenDeps } from './maven-deps.ts';

const OLDEST_JAVA = 17;

/** Fetches a Java for Kafka and the registry, unless this machine has one. */
export const obtainJava = async (deps: MavenDeps): Promise<void> => {
  if (installedJava() !== undefined || isRuntimeThere()) return;
  const machine = thisMachine();
  const runtime = runtimeFor(machine);
  if (runtime === undefined)
    throw new Error(
      `Java ${String(OLDEST_JAVA)} or later is missing, and there is no Java to fetch for ${machine}.\n${WAYS_OUT}`,
    );
  deps.progress.say(`There is no Java ${String(OLDEST_JAVA)} or later on this machine.`);
  await obtainRuntime(runtime, deps);
};

/** The command that starts Java. */
export const javaCommand = (): string => installedJava() ?? runtimeJava;

/** Kept, because finding out takes the start of a JVM. */
let installed: { readonly command: string | undefined } | undefined;

const installedJava = (): string | undefined => {
  installed ??= { command: isRecent('java') ? 'java' : undefined };
  return installed.command;
};

const isRecent = (command: string): boolean => {
  const { status, stderr } = spawnSync(command, ['-version'], { encoding: 'utf8' });
  const version = status === 0 ? /version "(\d+)/.exec(stderr)?.[1] : undefined;
  return Number(version ?? 0) >= OLDEST_JAVA;
};

const WAYS_OUT = `
Install it:
  Alpine                              apk add openjdk21-jre
  Debian 12, Ubuntu 24.04 and later   apt-get install default-jre-headless
  Fedora                              dnf install java-21-openjdk-headless

Or do without this stack:
  with Docker                         docker compose up --wait kafka registry postgres   (compose.yaml says which variables to set)
  with servers that exist             set KAFKA_BROKERS, SCHEMA_REGISTRY_URL and DATABASE_URL; the demo and the tests use them`;
