#!/usr/bin/env node
// No options for Node: the `env` of BusyBox, and so of Alpine, has no -S.
import { commandsOf } from './commands.ts';
import { runProcess } from './frame/process.ts';

await runProcess(commandsOf(process.argv.slice(2)));
