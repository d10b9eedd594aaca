#!/usr/bin/env -S node --max-semi-space-size=32
// A batch is some megabytes of short-lived objects: with V8's default of 16 MB they are copied to the old generation for nothing.
import { commandsOf } from './commands.ts';
import { runProcess } from './frame/process.ts';

await runProcess(await commandsOf(process.argv.slice(2)));
