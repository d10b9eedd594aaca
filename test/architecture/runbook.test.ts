import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { expect } from 'chai';
import { ALERTS, anchorOf } from '../../scripts/generate/alerts.ts';
import { ALARM_CODES } from '../../src/observability/metric-labels.ts';
import { FINDING_CODES } from '../../src/operations/doctor/findings.ts';
import { root } from '../support/readme.ts';

/** Fatal codes of commands that a person runs, and of the SDK. Their message says everything, and no `serve` ends with them. */
const OF_OTHERS = [
  'ALREADY_EXCHANGED',
  'EVENTS_PURGED',
  'FILE_NOT_WRITTEN',
  'HANDLER_FAILED',
  'HISTORY_FILE_UNREADABLE',
  'HISTORY_REMOVED',
  'INVALID_COMMAND',
  'NOTHING_DECIDED',
  'NOT_SKIPPABLE',
  'OTHER_SOURCES',
  'OUTPUTS_OF_FORMER_TOPIC',
  'POLICIES_DIFFER',
  'POLICY_NEVER_APPLIED',
  'PUBLISHER_CLOSED',
  'REBUILD_LEFT',
  'REBUILD_RUNNING',
  'SCHEMA_OF_OTHERS',
  'SCRATCH_UNUSABLE',
  'SEQUENCE_NOT_NEW',
  'SHADOW_MOVED',
  'SHADOW_OUTDATED',
  'STATE_DAMAGED',
  'STATE_IN_USE',
  'STATE_TAKEN_OVER',
  'STATE_UNUSABLE',
  'SUBSCRIBER_STOPPED',
  'UNKNOWN_CHANNEL',
  'UNKNOWN_USER',
  'UNREADABLE_EVENT',
  'WAIT_ABORTED',
  'WATCH_CLOSED',
  'WRONG_USE',
];

/** Codes that are made from a broker's answer, and end `serve`. */
const OF_BROKERS = ['KAFKA_INCONSISTENT_GROUP_PROTOCOL', 'KAFKA_INVALID_TIMESTAMP'];

const sectionOf = (code: string): string => code.toLowerCase().replaceAll('_', '-');

/** Every code that the product gives to a failure of kind `fatal`. */
const fatalCodes = (): readonly string[] => {
  const files = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' }).filter((it) =>
    it.endsWith('.ts'),
  );
  const codes = files.flatMap((file) =>
    [
      ...readFileSync(join(root, 'src', file), 'utf8').matchAll(
        /'fatal',\s*'([A-Z_]+)'|kind: 'fatal', code: '([A-Z_]+)'/g,
      ),
    ].map(([, code, other]) => code ?? other ?? ''),
  );
  return [...new Set(codes)];
};

const page = readFileSync(join(root, 'docs/runbook.md'), 'utf8');

/** The sections before the longer recipes, with their texts. */
const sections = new Map(
  page
    .slice(0, page.indexOf('\n## Longer recipes'))
    .split(/^### /m)
    .slice(1)
    .map((text) => {
      const [name = '', ...lines] = text.split(/\n(?!## )/);
      return [name, lines.join('\n')] as const;
    }),
);

const LABELS = ['Meaning', 'Impact', 'Look here', 'Do this', 'Then this', 'Tried by'];

describe('The runbook', () => {
  it('has a section for each alert, alarm, fatal code and finding of doctor, and for nothing else', () => {
    const fatal = fatalCodes();
    expect(fatal).to.include.members(OF_OTHERS);
    const needed = new Set([
      ...ALERTS.map(({ name }) => anchorOf(name)),
      ...[...ALARM_CODES, ...OF_BROKERS].map(sectionOf),
      ...fatal.filter((code) => !OF_OTHERS.includes(code)).map(sectionOf),
      ...FINDING_CODES,
    ]);
    expect([...sections.keys()]).to.have.members([...needed]);
  });

  it('says in each section what it means, what it does, where to look, and what to do', () => {
    for (const [name, text] of sections) {
      const labels = [...text.matchAll(/^- \*\*([^*]+)\*\*: ./gm)].map(([, label]) => label);
      expect(labels, name).to.deep.equal(LABELS);
    }
  });

  it('names for each recipe a test that exists, or says why there is none', () => {
    for (const [name, text] of sections) {
      const [, tried = ''] = /\*\*Tried by\*\*: (.+)/.exec(text) ?? [];
      const tests = [...tried.matchAll(/\]\(\.\.\/(test\/[^)]+)\)/g)].map(([, file = '']) => file);
      if (tests.length === 0) expect(tried, name).to.match(/^nothing: ./);
      expect(
        tests.filter((file) => !existsSync(join(root, file))),
        name,
      ).to.deep.equal([]);
    }
  });

  it('is named by each alert of the chart with a section that exists', () => {
    const folder = join(root, 'helm/runclose');
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((it) =>
      /\.(ya?ml|tpl|json)$/.test(it),
    );
    const named = files.flatMap((file) =>
      [...readFileSync(join(folder, file), 'utf8').matchAll(/(?:runbook\.md|@RUNBOOK@)#([\w-]+)/g)].map(
        ([, anchor = '']) => anchor,
      ),
    );
    expect(named.filter((anchor) => !sections.has(anchor))).to.deep.equal([]);
  });
});

describe('The links between the documents', () => {
  const pages = [
    'README.md',
    ...readdirSync(join(root, 'docs'))
      .filter((it) => it.endsWith('.md'))
      .map((it) => `docs/${it}`),
  ];
  const text = (file: string): string => readFileSync(join(root, file), 'utf8');

  /** As GitHub makes it from a heading. */
  const anchorsIn = (file: string): readonly string[] =>
    [...text(file).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    );

  it('lead to files and headings that exist', () => {
    const broken = pages.flatMap((from) =>
      [...text(from).matchAll(/\]\((?!\w+:)([^)#\s]*)(?:#([^)\s]+))?\)/g)].flatMap(
        ([link, path = '', anchor]) => {
          const target = path === '' ? from : normalize(join(dirname(from), path));
          if (!existsSync(join(root, target))) return [`${from}: ${link}`];
          const isMissing =
            anchor !== undefined && target.endsWith('.md') && !anchorsIn(target).includes(anchor);
          return isMissing ? [`${from}: ${link}`] : [];
        },
      ),
    );
    expect(broken).to.deep.equal([]);
  });
});
