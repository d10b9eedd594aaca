import { channel } from './channel.ts';
import type { AddCommand } from './run.ts';
import { setup } from './setup.ts';

/** Every command, in the order that help lists them. */
export const commands: readonly AddCommand[] = [setup, channel];
