/**
 * The package holds the pages, but not everything that they lead to, such as tests. Before `npm pack`, this replaces each link that would
 * lead nowhere: by the address in the repository if package.json names one, otherwise by the path as text. Afterwards it puts the pages
 * back.
 *
 *     node scripts/packed-pages.mjs            replaces the links
 *     node scripts/packed-pages.mjs --restore  puts the pages back
 */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const originals = join(root, '.stack', 'unpacked-pages');

/** @typedef {{ readonly files: readonly string[], readonly version: string, readonly repository?: { readonly url: string } }} Manifest */

/** @returns {Manifest} */
const manifest = () => JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/** npm packs these whatever the manifest says. */
const ALWAYS = ['package.json', 'README.md', 'LICENSE'];

/**
 * @param {string} file relative to the root
 * @param {Manifest} its
 */
const isPacked = (file, { files }) =>
  [...ALWAYS, ...files].some((entry) => file === entry || file.startsWith(`${entry}/`));

/** @param {Manifest} its */
const addressOf = ({ repository, version }) =>
  repository === undefined
    ? undefined
    : `${repository.url.replace(/^git\+/, '').replace(/\.git$/, '')}/blob/v${version}`;

/**
 * The page as it is packed.
 *
 * @param {string} page relative to the root
 * @param {string} text
 * @param {Manifest} its
 */
export const packedPage = (page, text, its = manifest()) =>
  text.replaceAll(
    /\[([^\]]*)\]\((?![a-z]+:|#)([^)#\s]+)(#[^)\s]*)?\)/g,
    (link, /** @type {string} */ words, /** @type {string} */ path, anchor = '') => {
      const file = normalize(join(dirname(page), path));
      if (isPacked(file, its)) return link;
      const address = addressOf(its);
      return address === undefined ? `${words} (\`${file}\`)` : `[${words}](${address}/${file}${anchor})`;
    },
  );

/** The pages that are packed, relative to the root. */
export const packedPages = () =>
  manifest()
    .files.flatMap((entry) => (entry.endsWith('.md') ? [entry] : pagesIn(entry)))
    .concat('README.md');

/** @param {string} folder */
const pagesIn = (folder) =>
  folder.startsWith('!') || folder === 'dist'
    ? []
    : readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
        .filter((file) => file.endsWith('.md'))
        .map((file) => join(folder, file));

const restore = () => {
  if (existsSync(originals)) cpSync(originals, root, { recursive: true });
  rmSync(originals, { recursive: true, force: true });
};

const replace = () => {
  // A former run may have been killed.
  restore();
  for (const page of packedPages()) {
    const text = readFileSync(join(root, page), 'utf8');
    const packed = packedPage(page, text);
    if (packed === text) continue;
    mkdirSync(dirname(join(originals, page)), { recursive: true });
    cpSync(join(root, page), join(originals, page));
    writeFileSync(join(root, page), packed);
  }
};

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (process.argv.includes('--restore')) restore();
  else replace();
}
