import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cachedFolder, obtainCached } from './cache.ts';
import { requireJava } from './java.ts';
import { runMaven } from './maven.ts';
import type { Progress } from './progress.ts';
import type { Server } from './server.ts';

const VERSION = '2.6.13.Final';
const ARTIFACT = `io.apicurio:apicurio-registry-app:${VERSION}:tar.gz:all`;
const installation = `apicurio-registry-${VERSION}`;

/** A schema registry with Confluent's API. It keeps everything in memory: after a restart it is empty and gives ids anew. */
export const createRegistry = ({ folder, progress }: { folder: string; progress: Progress }): Server => ({
  name: 'registry',
  title: `Apicurio Registry ${VERSION}`,
  usualPorts: [8081],
  stopSignals: ['SIGTERM'],
  dataFolders: [folder],

  obtain: async (signal) => {
    requireJava();
    await obtainCached(installation, async (draft) => {
      const copy = ['dependency:copy', `-Dartifact=${ARTIFACT}`, `-DoutputDirectory=${draft}`];
      await runMaven('the schema registry (142 MB)', copy, { progress, signal });
      await unpack(draft);
    });
  },

  prepare: ([port]) => {
    mkdirSync(folder, { recursive: true });
    const jar = join(cachedFolder(installation), `apicurio-registry-app-${VERSION}-runner.jar`);
    return Promise.resolve({
      command: 'java',
      args: ['-Xmx256m', '-Dquarkus.http.host=127.0.0.1', `-Dquarkus.http.port=${port}`, '-jar', jar],
      cwd: folder,
    });
  },

  probe: async ([port]) => {
    const { status } = await fetch(`${baseUrl(port)}/subjects`, { signal: AbortSignal.timeout(2000) });
    if (status !== 200) throw new Error(`the registry answers ${status}`);
  },

  variables: ([port]) => ({ SCHEMA_REGISTRY_URL: baseUrl(port) }),
});

const baseUrl = (port: number): string => `http://127.0.0.1:${port}/apis/ccompat/v7`;

const unpack = async (folder: string): Promise<void> => {
  const [archive = ''] = readdirSync(folder);
  await promisify(execFile)('tar', ['-xzf', archive], { cwd: folder });
  rmSync(join(folder, archive));
};
