import { isMainThread } from 'node:worker_threads';
import { runProcess } from '../../src/cli/frame/process.ts';
import type { MemberOptions } from '../../src/cli/serve/member.ts';
import { runMemberThread } from '../../src/cli/serve/member-thread.ts';
import { createServe } from '../../src/cli/serve.ts';

/** Runs a `serve` that differs from the product. `module` calls this: with several workers, each thread runs `module`, too. */
export const runServeVariant = async (module: string, member: MemberOptions): Promise<void> => {
  if (isMainThread) await runProcess([createServe({ member, thread: new URL(module) })]);
  else runMemberThread(member);
};
