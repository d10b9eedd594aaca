/** The dependency rules on this checkout: `node --import tsx scripts/lint/dependencies.ts`. */
import { root } from '../stack/folders.ts';
import { cruiseModules, unseenModules } from './cruise.ts';

const { violations, seen } = await cruiseModules(root);
const unseen = unseenModules(root, seen);
for (const violation of violations) process.stdout.write(`${violation}\n`);
for (const file of unseen) process.stdout.write(`not seen: ${file}\n`);
process.stdout.write(`${seen.length} modules seen, ${violations.length} imports against the rules\n`);
process.exitCode = violations.length + unseen.length === 0 ? 0 : 1;
