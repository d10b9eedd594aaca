import { isMainThread } from 'node:worker_threads';
import { runProcess } from '../../src/cli/frame/process.ts';
import { createServe } from '../../src/cli/serve.ts';
import { runMemberThread } from '../../src/operations/serve/member-thread.ts';
import type { MemberOptions } from '../../src/operations/serve/member.ts';

/** Runs a `serve` that differs from the product. `module` calls this: with several workers, each thread runs `module`, too. */
export const runServeVariant = async (module: string, member: MemberOptions): Promise<void> => {
  if (isMainThread) await runProcess([createServe({ member, thread: threadOf(module) })]);
  else runMemberThread(member);
};

/** A thread does not inherit tsx from `--import tsx`. */
const threadOf = (module: string): URL => {
  const code = [
    `import { register } from '${import.meta.resolve('tsx/esm/api')}';`,
    'register();',
    `await import('${module}');`,
  ];
  return new URL(`data:text/javascript,${encodeURIComponent(code.join('\n'))}`);
};
