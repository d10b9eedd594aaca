import { join } from 'node:path';
import { expect } from 'chai';
import type { ClientRecord, ClientRunDeps } from '../../scripts/chaos/clients/client-run.ts';
import { root } from '../../scripts/stack/folders.ts';
import { createServersFolder } from './own-servers.ts';

export type ClientTest = {
  readonly commands: number;
  readonly instances: number;
  readonly run: (deps: ClientRunDeps) => Promise<ClientRecord>;
};

/** A small run of `npm run chaos-clients`, as a test. */
export const describeClients = (
  who: string,
  does: string,
  { commands, instances, run }: ClientTest,
): void => {
  describe(who, function () {
    this.timeout(600_000);
    const servers = createServersFolder();
    after(() => {
      servers.remove();
    });

    it(does, async () => {
      const { wrong } = await run({
        ...servers.options,
        options: { commands, instances, brokers: 1, seed: 7 },
        command: [process.execPath, join(root, 'dist/cli/main.js'), 'serve'],
      });
      expect(wrong).to.deep.equal([]);
    });
  });
};
