import { acceptGap } from './accept-gap.ts';
import { adoptCluster } from './adopt-cluster.ts';
import { channel } from './channel.ts';
import { explain } from './explain.ts';
import { fairness } from './fairness.ts';
import { forget } from './forget.ts';
import { preview } from './preview.ts';
import { purge } from './purge.ts';
import { request } from './request.ts';
import { dlq } from './dlq.ts';
import { replay } from './replay.ts';
import type { AddCommand } from './frame/run.ts';
import { createServe } from './serve.ts';
import { setup } from './setup.ts';
import { status } from './status.ts';
import { tail } from './tail.ts';

/** Every command, in the order that help lists them. */
export const commands: readonly AddCommand[] = [
  createServe(),
  setup,
  request,
  preview,
  tail,
  explain,
  fairness,
  status,
  channel,
  adoptCluster,
  acceptGap,
  replay,
  dlq,
  purge,
  forget,
];
