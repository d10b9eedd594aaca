import { expect } from 'chai';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { POLICY_NAMES, type PolicyName } from '../../src/domain/channel-policy.ts';
import { firstFault } from '../../src/domain/validate.ts';
import { createCommandReader } from '../../src/sdk/command-input.ts';
import { manifestIn } from '../../scripts/client/manifest.ts';
import { codeBlocks, docsPage, readme, root } from '../support/readme.ts';
import { realisticChannel } from '../support/realistic-channel.ts';

const linksIn = (text: string): string[] =>
  [...text.matchAll(/\]\((?!http)([^)#]+)/g)].map(([, file = '']) => file);

const exampleFolders = readdirSync(join(root, 'docs/examples'));

describe('the promise of delivery', () => {
  it('names tests that exist', () => {
    const links = linksIn(readFileSync(join(root, 'docs/delivery.md'), 'utf8'));
    expect(links).to.have.length.above(20);
    expect(links.filter((file) => !existsSync(join(root, 'docs', file)))).to.deep.equal([]);
  });
});

describe('the pages on publishing and subscribing', () => {
  for (const name of ['publishing', 'subscribing']) {
    it(`${name}: has one box, which reaches no servers but those of the checkout or of the environment`, () => {
      const boxes = codeBlocks('ts', docsPage(name));
      expect(boxes).to.have.length(1);
      expect(boxes[0]).to.include("process.loadEnvFile('.stack/env')");
      expect(docsPage(name)).not.to.match(/(localhost|127\.0\.0\.1):\d/);
      expect(linksIn(docsPage(name)).filter((file) => !existsSync(join(root, 'docs', file)))).to.deep.equal(
        [],
      );
      expect(linksIn(readme())).to.include(`docs/${name}.md`);
    });
  }
});

describe('the small package', () => {
  it('has a README that names every entry', () => {
    const page = readFileSync(join(root, 'scripts/client/README.md'), 'utf8');
    const modules = Object.entries(manifestIn(root).exports).filter(([, its]) => typeof its !== 'string');
    const entries = modules.map(([name]) => `\`@runclose/client${name.slice(1)}\``);
    expect(entries.filter((entry) => !page.includes(entry))).to.deep.equal([]);
  });

  it('is installed and used as the pages say', () => {
    expect(docsPage('publishing')).to.include('npm install /path').and.include('npx tsx close.mts');
    expect(docsPage('testing')).to.include('`@runclose/client/testing`');
    const pages = [readme(), ...['publishing', 'subscribing', 'testing'].map(docsPage)];
    expect(pages.filter((page) => page.includes('change only the import line'))).to.deep.equal([]);
  });
});

describe('the page on fairness', () => {
  it('has a row for every policy', () => {
    const rows = [...docsPage('fairness').matchAll(/^\| `([a-z-]+)`/gm)].map(([, name]) => name);
    expect(
      POLICY_NAMES.filter((name) => !rows.includes(name)),
      'add these policies to the table in docs/fairness.md',
    ).to.deep.equal([]);
  });
});

describe('the page on publishing', () => {
  it('shows a command that is valid, and is the example unchanged', () => {
    const [example = ''] = codeBlocks('json', docsPage('publishing'));
    expect(example).to.equal(readFileSync(join(root, 'examples/run.json'), 'utf8'));
    const command = createCommandReader()(JSON.parse(example));
    expect(firstFault(command, command.channelId)).to.equal(null);
  });
});

describe('an example', () => {
  for (const name of exampleFolders) {
    it(`${name}: is small, has a test, and imports the package by its name`, () => {
      const folder = join(root, 'docs/examples', name);
      const sources = readdirSync(folder).filter((it) => it.endsWith('.ts'));
      const lines = sources
        .flatMap((it) => readFileSync(join(folder, it), 'utf8').split('\n'))
        .filter((line) => line.trim() !== '');
      expect(lines).to.have.length.within(1, 99);
      expect(lines.join('\n')).to.include("from 'runclose'").and.not.to.include('../');
      const page = readFileSync(join(folder, 'README.md'), 'utf8');
      expect(linksIn(page).filter((file) => !existsSync(join(folder, file)))).to.deep.equal([]);
      expect(page).to.include(`test/integration/examples/${name}.test.ts`);
    });
  }
});

/** Files that the commands of CONTRIBUTING write. */
const WRITTEN_BY_COMMANDS = new Set(['test/replay/0.2.0', 'docs/performance.md', 'docs/capacity.md']);

describe('CONTRIBUTING', () => {
  const page = readFileSync(join(root, 'CONTRIBUTING.md'), 'utf8');

  it('names only files that exist, and each file on the way of a command once', () => {
    const files = [...page.matchAll(/^\d+\. `(src\/[^`]+\.ts)`/gm)].map(([, file = '']) => file);
    expect(files).to.have.length.above(10);
    expect(new Set(files).size).to.equal(files.length);
    const inText = [
      ...page.matchAll(/(?<![\w./-])(?:src|test|scripts|docs|schemas|helm|\.github)\/[\w./-]*\w/g),
    ];
    const named = [...linksIn(page), ...inText.map(([file]) => file)].filter(
      (it) => !WRITTEN_BY_COMMANDS.has(it),
    );
    expect(named).to.have.length.above(60);
    expect(named.filter((file) => !existsSync(join(root, file)))).to.deep.equal([]);
  });

  it('names only commands that exist', () => {
    const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: object };
    const named = [...page.matchAll(/npm run ([a-z:-]+)/g)].map(([, name = '']) => name);
    expect(named).to.include.members(['demo', 'lint', 'generate']);
    expect(named.filter((name) => !(name in scripts))).to.deep.equal([]);
  });

  it('describes every folder of src and of src/kafka', () => {
    expect(readdirSync(join(root, 'src')).filter((it) => !page.includes(`\`src/${it}\``))).to.deep.equal([]);
    expect(readdirSync(join(root, 'src/kafka')).filter((it) => !page.includes(`| \`${it}\``))).to.deep.equal(
      [],
    );
  });
});

describe('the README', () => {
  it('links and names only files that exist', () => {
    const links = linksIn(readme());
    expect(links).to.have.length.above(5);
    expect(links.filter((file) => !existsSync(join(root, file)))).to.deep.equal([]);
  });

  it('reaches no servers but those of the checkout or of the environment', () => {
    const boxes = codeBlocks('ts');
    expect(boxes).to.have.length(2);
    for (const box of boxes) expect(box).to.include("process.loadEnvFile('.stack/env')");
    // A fixed port may belong to the server of another checkout.
    for (const box of [...boxes, ...codeBlocks('sh')])
      expect(box).not.to.match(/(localhost|127\.0\.0\.1):\d/);
  });

  it('starts serve without npx, which does not pass on SIGTERM', () => {
    expect(codeBlocks('sh').join(''))
      .to.include('node dist/cli/main.js serve')
      .and.not.to.include('npx runclose serve');
  });

  it('leads to every page in docs and to every example', () => {
    const pages = readdirSync(join(root, 'docs')).filter((it) => it.endsWith('.md'));
    const examples = exampleFolders.map((it) => `examples/${it}/README.md`);
    expect(linksIn(readme())).to.include.members([...pages, ...examples].map((it) => `docs/${it}`));
  });

  it('leads only to files that are packed with it', () => {
    const { files } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { files: string[] };
    const isPacked = (file: string): boolean =>
      file === 'LICENSE' || files.some((it) => file === it || file.startsWith(`${it}/`));
    expect(linksIn(readme()).filter((file) => !isPacked(file))).to.deep.equal([]);
  });
});

describe('the page on fairness', () => {
  it('tells the figures of fairness as the policies make them', () => {
    const policies: readonly PolicyName[] = ['fair-share', 'window-count', 'least-recent'];
    const figures = policies.map((policy) => {
      const channels = Array.from({ length: 100 }, (_, seed) =>
        realisticChannel({ seed, runs: 40, policy: { policy } }),
      );
      const worst = channels.map((people) => Math.max(...people.map(({ deviation }) => deviation)));
      const rare = channels.flat().filter(({ role }) => role === 'rare');
      const sum = (numbers: readonly number[]): number => numbers.reduce((total, it) => total + it, 0);
      return {
        worst: (sum(worst) / worst.length).toFixed(2),
        rare: (sum(rare.map(({ made }) => made)) / sum(rare.map(({ fairShare }) => fairShare))).toFixed(2),
      };
    });
    const rowOf = (which: 'worst' | 'rare'): string[] => figures.map((figure) => figure[which]);
    const told = docsPage('fairness')
      .split('\n')
      .filter((line) => line.startsWith('|'))
      .map((line) => line.match(/\d+\.\d\d/g) ?? []);
    expect(told).to.deep.include(rowOf('worst'));
    expect(told).to.deep.include(rowOf('rare'));
  });
});
