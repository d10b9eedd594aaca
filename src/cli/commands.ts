import type { AddCommand } from './run.ts';

/** Every command, in the order that help lists them. */
export const commands: readonly AddCommand[] = [];
