/** Builds promtool, which tests Prometheus' rules, from its Go module. Once for all checkouts: it takes minutes on two cores. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { obtainCached } from '../stack/cache.ts';
import type { MavenDeps } from '../stack/maven-deps.ts';

/** Prometheus 3.16.0. Go checks the module against its checksum database. */
const MODULE = 'github.com/prometheus/prometheus/cmd/promtool@v0.316.0';
/** Leaves out what finds targets, which is most of the build. */
const TAGS = 'netgo,remove_all_sd';

const run = promisify(execFile);

/** @returns the path of the program */
export const obtainPromtool = async ({ progress, signal }: MavenDeps): Promise<string> => {
  const version = MODULE.slice(MODULE.lastIndexOf('@') + 1);
  const folder = await obtainCached(`promtool-${version}`, async (draft) => {
    progress.say('Building promtool from its Go module, once for all checkouts…');
    const env = { ...process.env, GOBIN: draft };
    try {
      await run('go', ['install', '-tags', TAGS, '-ldflags=-s -w', MODULE], { env, signal });
    } catch (error) {
      const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
      throw isMissing ? new Error('promtool is built from its Go module: install Go 1.26 or later') : error;
    }
  });
  return join(folder, 'promtool');
};
