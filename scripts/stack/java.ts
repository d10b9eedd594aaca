import { spawnSync } from 'node:child_process';

const OLDEST_JAVA = 17;

/** Refuses, with what to install, when there is no Java that runs Kafka and the registry. */
export const requireJava = (): void => {
  const { status, stderr } = spawnSync('java', ['-version'], { encoding: 'utf8' });
  const version = status === 0 ? /version "(\d+)/.exec(stderr)?.[1] : undefined;
  if (version === undefined) throw new Error(`Java ${OLDEST_JAVA} or later is missing.\n${WAYS_OUT}`);
  if (Number(version) < OLDEST_JAVA) {
    throw new Error(`Java ${OLDEST_JAVA} or later is needed, and "java" is version ${version}.\n${WAYS_OUT}`);
  }
};

/** Refuses, with what to install, when there is no Maven to fetch the servers with. */
export const requireMaven = (): void => {
  const { error } = spawnSync('mvn', ['--version'], { stdio: 'ignore' });
  if (error !== undefined)
    throw new Error(`Maven ("mvn") is missing; it fetches Kafka and the registry once.\n${WAYS_OUT}`);
};

const WAYS_OUT = `
Install both:
  Debian 12, Ubuntu 24.04 and later   apt-get install default-jre-headless maven
  Fedora                              dnf install java-21-openjdk-headless maven
  macOS (Homebrew)                    brew install openjdk@21 maven

Or do without this stack:
  with Docker                         docker compose up --wait   (compose.yaml says which variables to set)
  with servers that exist             set KAFKA_BROKERS, SCHEMA_REGISTRY_URL and DATABASE_URL; the demo and the tests use them`;
