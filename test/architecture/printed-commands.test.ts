import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { ALERTS } from '../../scripts/generate/alerts.ts';
import { METRICS } from '../../src/observability/metric-definitions.ts';
import { runcloseHere } from '../support/command-line.ts';
import { declaredCommands } from '../support/declared-commands.ts';
import { root } from '../support/readme.ts';

const texts = [
  ...readdirSync(join(root, 'docs'))
    .filter((it) => it.endsWith('.md'))
    .map((it) => readFileSync(join(root, 'docs', it), 'utf8')),
  readFileSync(join(root, 'README.md'), 'utf8'),
  ...ALERTS.flatMap(({ summary, description, expr }) => [summary, description, expr]),
];

describe('The pages and alerts', () => {
  it('name only commands and flags that exist', async () => {
    const declared = await declaredCommands();
    const help = new Map<string, Promise<string>>();
    const helpOf = (command: string): Promise<string> => {
      const asked =
        help.get(command) ?? runcloseHere([...command.split(' '), '--help']).then(({ stdout }) => stdout);
      help.set(command, asked);
      return asked;
    };
    const wrong: string[] = [];
    for (const [command, line = ''] of texts.flatMap((text) => [
      ...text.replaceAll('\\\n', ' ').matchAll(/(?<=`|^|[A-Z]=\S+ )runclose ([a-z-][^`\n|;#…]*)/gm),
    ])) {
      const [first = '', second = ''] = line.split(' ');
      const name = [`${first} ${second}`, first].find((it) => declared.has(it));
      // A group of commands, or the help of the program itself.
      if (name === undefined && (/^--(help|version)$/.test(first) || isGroup(first, declared))) continue;
      const flags = [...line.matchAll(/(?<= )--[a-z-]+/g)].map(([flag]) => flag);
      const shown = name === undefined ? '' : await helpOf(name);
      if (name === undefined || flags.some((flag) => !shown.includes(`${flag} `) && flag !== '--help'))
        wrong.push(command);
    }
    expect(wrong).to.deep.equal([]);
  });

  it('name only metrics that exist', () => {
    const known = new Set(Object.keys(METRICS));
    const named = texts.flatMap((text) => text.match(/\brunclose_[a-z_]+[a-z]\b(?!\.)/g) ?? []);
    const metrics = named.filter((it) => METRIC_LIKE.test(it));
    expect(metrics).to.include('runclose_retries_total');
    expect(
      [...new Set(metrics)].filter((it) => !known.has(it.replace(/_(bucket|count|sum)$/, ''))),
    ).to.deep.equal([]);
  });
});

/** Names of roles and headers begin alike. */
const METRIC_LIKE = /_(total|seconds|records|ratio|bytes|state|ready|alarm|info|members|connections)\b/;

const isGroup = (word: string, declared: ReadonlyMap<string, unknown>): boolean =>
  [...declared.keys()].some((it) => it.startsWith(`${word} `));
