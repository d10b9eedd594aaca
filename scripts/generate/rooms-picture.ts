/** Draws the rooms of `src` and of `src/kafka` from the imports, into CONTRIBUTING.md. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { root } from '../stack/folders.ts';

const FOLDERS = ['src', 'src/kafka'];
const IMPORTED = /(?:\bfrom |\bimport\()'(\.[^']+\.ts)'/g;

/** The page, with the pictures as the imports are now. */
export const withRoomsPictures = (page: string): string => FOLDERS.reduce(withPicture, page);

const withPicture = (page: string, folder: string): string => {
  const first = `<!-- rooms of ${folder}: drawn by \`npm run generate\` -->`;
  const last = `<!-- end of the rooms of ${folder} -->`;
  const [begin, end] = [page.indexOf(first), page.indexOf(last)];
  if (begin < 0 || end < begin) throw new Error(`CONTRIBUTING.md lacks ${first} … ${last}`);
  return `${page.slice(0, begin)}${first}\n\n${picture(importsBetweenRooms(folder))}\n\n${page.slice(end)}`;
};

type Imports = ReadonlyMap<string, ReadonlySet<string>>;

const picture = (imports: Imports): string =>
  [
    '```mermaid',
    'flowchart TD',
    ...[...imports].flatMap(([from, all]) =>
      [...all].filter((to) => !isImplied(imports, from, to)).map((to) => `  ${from} --> ${to}`),
    ),
    '```',
  ].join('\n');

/** Leave such an arrow out, because it would only hide the others. */
const isImplied = (imports: Imports, from: string, to: string): boolean =>
  [...(imports.get(from) ?? [])].some((over) => over !== to && reaches(imports, over, to));

const reaches = (imports: Imports, from: string, to: string): boolean =>
  from === to || [...(imports.get(from) ?? [])].some((next) => reaches(imports, next, to));

/** For each room of the folder, the other rooms that its files import, in alphabetical order. */
const importsBetweenRooms = (folder: string): Imports => {
  const source = join(root, folder);
  const found = new Map<string, Set<string>>();
  for (const file of readdirSync(source, { recursive: true, encoding: 'utf8' }).sort()) {
    if (!file.endsWith('.ts')) continue;
    const from = roomOf(file);
    const to = found.get(from) ?? new Set();
    found.set(from, to);
    for (const [, path = ''] of readFileSync(join(source, file), 'utf8').matchAll(IMPORTED)) {
      const room = roomOf(relative(source, normalize(join(source, dirname(file), path))));
      if (room !== from && room !== OUTSIDE) to.add(room);
    }
  }
  return new Map([...found].map(([from, to]) => [from, new Set([...to].sort())]));
};

/** The first part of a path that leaves the folder. */
const OUTSIDE = '..';

const roomOf = (file: string): string => file.split(/[\\/]/)[0] ?? '';
