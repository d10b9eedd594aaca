import { setTimeout as sleep } from 'node:timers/promises';
import type { Context, RootHookObject } from 'mocha';

/** Closing takes a moment, and some seconds on a busy machine. */
const MILLISECONDS_TO_LET_GO = 10_000;

/** Resources that a suite must not leave behind: connections, servers and child processes that keep the process alive. */
const WATCHED = ['TCPSocketWrap', 'TCPServerWrap', 'TLSWrap', 'PipeWrap', 'ProcessWrap'];

/** Fails every outermost suite that leaves a resource open after its own clean-up. */
export const mochaHooks: RootHookObject = {
  beforeAll(this: Context) {
    let before = held().length;
    const check = async (): Promise<void> => {
      const deadline = Date.now() + MILLISECONDS_TO_LET_GO;
      while (held().length > before && Date.now() < deadline) await sleep(20);
      const leaked = held().slice(before);
      before = held().length;
      if (leaked.length > 0) throw new Error(`left open: ${leaked.join(', ')}`);
    };
    for (const suite of this.test?.parent?.suites ?? []) suite.afterAll('nothing is left open', check);
  },
};

const held = (): string[] =>
  process.getActiveResourcesInfo().filter((resource) => WATCHED.includes(resource));
