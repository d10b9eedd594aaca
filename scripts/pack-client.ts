/**
 * Packs `@runclose/client`: what services need that publish and subscribe, and nothing of the processor. It has the exports of this package
 * and the files that they reach by imports. Prints the path of the tarball on stdout, and how to install it on stderr.
 *
 *     npm run pack:client             packs into .stack/client
 *     npm run pack:client -- FOLDER   packs into FOLDER, which it replaces
 */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { clientManifest, entryFiles, manifestIn, packagesNamed } from './client/manifest.ts';
import { reachedFiles } from './client/reached-files.ts';
import { root, stackFolder } from './stack/folders.ts';

const [folder = join(stackFolder, 'client')] = process.argv.slice(2);
const packed = resolve(folder);
const contents = join(packed, 'package');

const write = (file: string, text: string): void => {
  const target = join(contents, file);
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, text);
};

/** The maps of the sources are not packed. */
const withoutMap = (text: string): string => text.replace(/\n\/\/# sourceMappingURL=.*\n?$/, '\n');

const whole = manifestIn(root);
const { files, packages } = reachedFiles(root, entryFiles(whole), packagesNamed(whole));

rmSync(packed, { recursive: true, force: true });
for (const file of files) write(file, withoutMap(readFileSync(join(root, file), 'utf8')));
write('dist/commonjs/package.json', '{ "type": "commonjs" }\n');
for (const name of readdirSync(join(root, 'schemas')).filter((each) => /\.(avsc|yaml)$/.test(each)))
  write(`schemas/${name}`, readFileSync(join(root, 'schemas', name), 'utf8'));
write('package.json', `${JSON.stringify(clientManifest(whole, packages), null, 2)}\n`);
cpSync(join(root, 'scripts/client/README.md'), join(contents, 'README.md'));
cpSync(join(root, 'LICENSE'), join(contents, 'LICENSE'));

const args = ['pack', contents, '--pack-destination', packed, '--ignore-scripts', '--silent'];
const tarball = execFileSync('npm', args, { encoding: 'utf8' }).trim();
process.stdout.write(`${join(packed, tarball)}\n`);
process.stderr.write(`To install it, run this in your project: npm install ${join(packed, tarball)}\n`);
