import { expect } from 'chai';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { packedPage, packedPages } from '../../scripts/packed-pages.mjs';
import { root } from '../support/readme.ts';

type Packed = readonly [{ readonly files: readonly { readonly path: string }[] }];

describe('A page of the package', function () {
  this.timeout(60_000);
  let files: ReadonlySet<string>;

  before(() => {
    const args = ['pack', '--dry-run', '--json', '--ignore-scripts'];
    const [packed] = JSON.parse(execFileSync('npm', args, { cwd: root, encoding: 'utf8' })) as Packed;
    files = new Set(packed.files.map(({ path }) => path));
  });

  const linksIn = (text: string): readonly string[] =>
    [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link);

  it('leads only to files of the package and to absolute addresses', () => {
    const pages = packedPages();
    expect(pages).to.have.members([...files].filter((file) => file.endsWith('.md')));
    const lost = pages.flatMap((page) =>
      linksIn(packedPage(page, readFileSync(join(root, page), 'utf8')))
        .filter((link) => !/^(https?:|mailto:|#)/.test(link))
        .map((link) => normalize(join(dirname(page), link.replace(/#.*/, ''))))
        .filter((file) => ![...files].some((it) => it === file || it.startsWith(`${file}/`)))
        .map((file) => `${page}: ${file}`),
    );
    expect(lost).to.deep.equal([]);
  });

  it('leads to the repository if the manifest names one', () => {
    const text = '[a test](../test/a.test.ts#L1), [a page](faq.md), [a site](https://a.example)';
    const its = { files: ['docs'], version: '1.2.3' };
    expect(packedPage('docs/x.md', text, its)).to.equal(
      'a test (`test/a.test.ts`), [a page](faq.md), [a site](https://a.example)',
    );
    const repository = { url: 'git+https://github.com/o/r.git' };
    expect(packedPage('docs/x.md', text, { ...its, repository })).to.equal(
      '[a test](https://github.com/o/r/blob/v1.2.3/test/a.test.ts#L1), [a page](faq.md), [a site](https://a.example)',
    );
  });

  it('comes with the document for programs, which is exported', () => {
    const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { exports: object };
    expect(exports).to.have.property('./schemas/*.yaml', './schemas/*.yaml');
    expect([...files]).to.include('schemas/asyncapi.yaml');
  });
});
