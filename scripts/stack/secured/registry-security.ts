import { readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { root } from '../folders.ts';
import type { Launch } from '../server.ts';
import type { FrontSettings } from './registry-front.ts';

/** Secures a registry: a front with TLS and basic authentication, and rights for every user. */
export type RegistrySecurity = Pick<FrontSettings, 'certificate' | 'key' | 'users'> & {
  readonly ca: string;
  /** The probe logs in as this user. */
  readonly probe: { readonly name: string; readonly password: string };
};

type Place = {
  readonly security: RegistrySecurity;
  readonly port: number;
  readonly innerPort: number;
  readonly folder: string;
};

/** The front starts the registry, and ends with it. */
export const behindFront = (launch: Launch, { security, port, innerPort, folder }: Place): Launch => {
  const { certificate, key, users } = security;
  const file = join(folder, 'front.json');
  const settings: FrontSettings = { port, innerPort, certificate, key, users, launch };
  writeFileSync(file, JSON.stringify(settings), { mode: 0o600 });
  return { command: process.execPath, args: ['--import', LOADER, FRONT, file], cwd: root };
};

const LOADER = pathToFileURL(join(root, 'node_modules/tsx/dist/loader.mjs')).href;
const FRONT = fileURLToPath(new URL('registry-front.ts', import.meta.url));

export const statusThroughFront = (url: string, { ca, probe }: RegistrySecurity): Promise<number> =>
  new Promise((resolve, reject) => {
    const auth = `${probe.name}:${probe.password}`;
    const signal = AbortSignal.timeout(2000);
    request(url, { ca: readFileSync(ca), auth, agent: false, signal }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    })
      .on('error', reject)
      .end();
  });
