/** Fetches artifacts by HTTPS, for machines without Maven: the files that Maven would copy, each with its checksum (`npm run pin`). */
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type FetchedFile, fetchFile } from './fetch-file.ts';
import { kafkaParts } from './kafka-parts.ts';
import type { MavenDeps } from './maven-deps.ts';
import { mavenRepository } from './maven-repository.ts';

export type PinnedArtifact = { readonly path: string; readonly sha256: string; readonly bytes: number };

export type PinnedArtifacts = {
  /** SHA-256 of the pom.xml from which the list was made. */
  readonly pom: string;
  readonly kafka: readonly PinnedArtifact[];
  readonly registry: readonly PinnedArtifact[];
};

export const pinFile = join(kafkaParts, 'artifacts.json');

export const readPins = (): PinnedArtifacts => JSON.parse(readFileSync(pinFile, 'utf8')) as PinnedArtifacts;

/** Fetches all artifacts into one folder, without the folders of the repository. */
export const fetchArtifacts = (
  title: string,
  artifacts: readonly PinnedArtifact[],
  folder: string,
  deps: MavenDeps,
): Promise<void> => {
  const { url, headers } = mavenRepository();
  const files = artifacts.map(({ path, sha256, bytes }) => ({
    url: `${url}/${path}`,
    sha256,
    bytes,
    headers,
    to: join(folder, basename(path)),
  }));
  return fetchAll(title, files, deps);
};

const AT_ONCE = 6;

export const fetchAll = async (
  title: string,
  files: readonly (FetchedFile & { readonly bytes: number })[],
  { progress, signal }: MavenDeps,
): Promise<void> => {
  const total = files.reduce((sum, { bytes }) => sum + bytes, 0);
  const host = new URL(files[0]?.url ?? '').host;
  progress.say(`Fetching ${title} (${megabytes(total)}) from ${host}, once for all checkouts…`);
  const failed = new AbortController();
  const waiting = [...files];
  let [received, complete] = [0, 0];
  const onBytes = (bytes: number): void => {
    received += bytes;
    progress.update(
      `  ${megabytes(received)} of ${megabytes(total)}, ${String(complete)} of ${String(files.length)} files`,
    );
  };
  const work = async (): Promise<void> => {
    for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) {
      await fetchFile(file, { signal: AbortSignal.any([signal, failed.signal]), onBytes });
      complete += 1;
    }
  };
  // The first failure ends the other downloads and is reported.
  await Promise.all(
    Array.from({ length: AT_ONCE }, () =>
      work().catch((error: unknown) => {
        failed.abort(error);
      }),
    ),
  );
  failed.signal.throwIfAborted();
};

const megabytes = (bytes: number): string => `${String(Math.round(bytes / 1e6))} MB`;
