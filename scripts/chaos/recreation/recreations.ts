import { recreateInput } from './recreate-input.ts';
import { recreateOutput } from './recreate-output.ts';
import type { Recreation } from './recreation.ts';

export const RECREATIONS: readonly Recreation[] = [recreateInput, recreateOutput];
