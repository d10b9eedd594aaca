import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cachedFolder, obtainCached } from './cache.ts';
import { javaCommand, obtainJava } from './java.ts';
import { isMavenThere, runMaven } from './maven.ts';
import { fetchArtifacts, readPins } from './pinned-artifacts.ts';
import type { Progress } from './progress.ts';
import { behindFront, type RegistrySecurity, statusThroughFront } from './secured/registry-security.ts';
import type { Ports, Server } from './server.ts';

const VERSION = '2.6.13.Final';
export const ARTIFACT = `io.apicurio:apicurio-registry-app:${VERSION}:tar.gz:all`;
const installation = `apicurio-registry-${VERSION}`;

export const copyRegistry = ['dependency:copy', `-Dartifact=${ARTIFACT}`];

export type RegistryOptions = {
  readonly folder: string;
  readonly progress: Progress;
  /** `lost`: the registry keeps everything in memory, so after a restart it is empty and gives new ids. */
  readonly atRestart: 'kept' | 'lost';
  /** With it, the first port is the front's, and the second is the registry's own. */
  readonly security?: RegistrySecurity;
  readonly usualPorts?: Ports;
};

/** A schema registry with Confluent's API. */
export const createRegistry = ({
  folder,
  progress,
  atRestart,
  security,
  usualPorts = [8081],
}: RegistryOptions): Server => ({
  name: 'registry',
  title: `Apicurio Registry ${VERSION}`,
  usualPorts,
  stopSignals: ['SIGTERM'],
  dataFolders: [folder],

  obtain: async (signal) => {
    const deps = { progress, signal };
    await obtainJava(deps);
    await obtainCached(installation, async (draft) => {
      if (isMavenThere())
        await runMaven('the schema registry (142 MB)', [...copyRegistry, `-DoutputDirectory=${draft}`], deps);
      else await fetchArtifacts('the schema registry', readPins().registry, draft, deps);
      await unpack(draft);
    });
  },

  prepare: ([port, innerPort = port + 1]) => {
    mkdirSync(folder, { recursive: true });
    const jar = join(cachedFolder(installation), `apicurio-registry-app-${VERSION}-runner.jar`);
    const own = security === undefined ? port : innerPort;
    const launch = {
      command: javaCommand(),
      args: [
        '-Xmx256m',
        '-Dquarkus.http.host=127.0.0.1',
        `-Dquarkus.http.port=${own}`,
        ...(atRestart === 'kept' ? [`-Dquarkus.datasource.jdbc.url=${IN_A_FILE}`] : []),
        '-jar',
        jar,
      ],
      cwd: folder,
    };
    return Promise.resolve(
      security === undefined ? launch : behindFront(launch, { security, port, innerPort, folder }),
    );
  },

  probe: async ([port]) => {
    const status = await (security === undefined
      ? fetch(`${baseUrl(port)}/subjects`, { signal: AbortSignal.timeout(2000) }).then(
          (response) => response.status,
        )
      : statusThroughFront(`${secureUrl(port)}/subjects`, security));
    if (status !== 200) throw new Error(`the registry answers ${status}`);
  },

  variables: ([port]) => ({ SCHEMA_REGISTRY_URL: security === undefined ? baseUrl(port) : secureUrl(port) }),
});

/** In the registry's working folder, and written at once, so that even a killed registry loses nothing. */
const IN_A_FILE = 'jdbc:h2:file:./registry;WRITE_DELAY=0';

const baseUrl = (port: number): string => `http://127.0.0.1:${port}/apis/ccompat/v7`;

const secureUrl = (port: number): string => `https://127.0.0.1:${port}/apis/ccompat/v7`;

const unpack = async (folder: string): Promise<void> => {
  const [archive = ''] = readdirSync(folder);
  await promisify(execFile)('tar', ['-xzf', archive], { cwd: folder });
  rmSync(join(folder, archive));
};
