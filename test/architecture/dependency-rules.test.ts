import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import rules from '../../.dependency-cruiser.mjs';
import { cruiseModules, unseenModules } from '../../scripts/lint/cruise.ts';
import { root } from '../../scripts/stack/folders.ts';

type Tree = Record<string, string>;

/** The smallest tree in which every import is allowed. */
const SOUND: Tree = {
  'src/domain/ledger.ts': `export const ledger = 1;`,
  'src/processor/ports.ts': `import { ledger } from '../domain/ledger.ts'; export const ports = ledger;`,
  'src/replay/replay.ts': `import { ports } from '../processor/ports.ts'; export const replay = ports;`,
  'src/kafka/consumer.ts': `import { Kafka } from 'kafkajs'; import { ports } from '../processor/ports.ts'; export const consumer = [Kafka, ports];`,
  'src/config/config.ts': `import { z } from 'zod'; export const config = z;`,
  'src/sdk/publish.ts': `import { consumer } from '../kafka/consumer.ts'; export const publish = consumer;`,
  'src/operations/export.ts': `import { consumer } from '../kafka/consumer.ts'; export const exported = consumer;`,
  'src/cli/main.ts': `import { exported } from '../operations/export.ts'; exported; import { publish } from '../sdk/publish.ts'; import { config } from '../config/config.ts'; import { replay } from '../replay/replay.ts'; publish; config; replay;`,
};

/** For each rule a file that breaks it and nothing else. */
const BROKEN: Record<string, Tree> = {
  'no-cycles': {
    'scripts/run.ts': `import { stop } from './stop.ts'; export const run = () => stop;`,
    'scripts/stop.ts': `import { run } from './run.ts'; export const stop = () => run;`,
    'src/domain/run.ts': `import { order } from './order.ts'; export const run = () => order;`,
    'src/domain/order.ts': `import { run } from './run.ts'; export const order = () => run;`,
  },
  'rooms-of-kafka-have-an-order': {
    'src/kafka/read/reader.ts': `import { counts } from '../topics/counts.ts'; export const reader = counts;`,
    'src/kafka/read/ranges.ts': `export const ranges = 1;`,
    'src/kafka/topics/ends.ts': `import { ranges } from '../read/ranges.ts'; export const ends = ranges;`,
    'src/kafka/topics/counts.ts': `export const counts = 1;`,
  },
  'no-orphans': { 'src/domain/forgotten.ts': `export const forgotten = 1;` },
  'nothing-unresolved': {
    'src/kafka/lost.ts': `import { gone } from './gone.ts'; export const lost = gone;`,
  },
  'domain-imports-nothing': {
    'src/domain/clock.ts': `import { hrtime } from 'node:process'; export const clock = hrtime;`,
  },
  'wire-imports-the-domain-alone': {
    'src/wire/topics.ts': `import { consumer } from '../kafka/consumer.ts'; export const topics = consumer;`,
  },
  'use-cases-import-inwards': {
    'src/processor/shortcut.ts': `import { consumer } from '../kafka/consumer.ts'; export const shortcut = consumer;`,
  },
  'edges-import-inwards': {
    'src/postgres/outbox.ts': `import { consumer } from '../kafka/consumer.ts'; export const outbox = consumer;`,
  },
  'credentials-import-inwards': {
    'src/credentials/login.ts': `import { consumer } from '../kafka/consumer.ts'; export const login = consumer;`,
  },
  'config-imports-no-edge': {
    'src/config/probe.ts': `import { consumer } from '../kafka/consumer.ts'; export const probe = consumer;`,
  },
  'operations-know-no-terminal': {
    'src/operations/ask.ts': `import { publish } from '../sdk/publish.ts'; export const ask = publish;`,
  },
  'sdk-is-no-command': { 'src/sdk/ask.ts': `import '../cli/main.ts'; export const ask = 1;` },
  'testing-reaches-no-server': {
    'src/testing/kit.ts': `import { store } from '../postgres/store.ts'; export const kit = store;`,
    'src/postgres/store.ts': `export const store = 1;`,
  },
  'records-reach-no-client': {
    'src/sdk/records.ts': `import { values } from './values.ts'; export const records = values;`,
    'src/sdk/values.ts': `import { consumer } from '../kafka/consumer.ts'; export const values = consumer;`,
  },
  'rooms-are-known': {
    'src/utils/misc.ts': `import { ledger } from '../domain/ledger.ts'; export const misc = ledger;`,
  },
  'src-stands-alone': {
    'src/cli/demo.ts': `import { world } from '../../test/world.ts'; export const demo = world;`,
    'test/world.ts': `export const world = 1;`,
  },
  'no-development-packages': {
    'src/cli/check.ts': `import { expect } from 'chai'; export const check = expect;`,
  },
  'kafkajs-in-its-room': {
    'src/cli/direct.ts': `import { Kafka } from 'kafkajs'; export const direct = Kafka;`,
  },
  'lz4-in-its-room': { 'src/avro/pack.ts': `import lz4 from 'lz4-napi'; export const pack = lz4;` },
  'avro-in-its-room': { 'src/kafka/decode.ts': `import avsc from 'avsc'; export const decode = avsc;` },
  'postgres-in-its-room': { 'src/kafka/rows.ts': `import { sql } from 'slonik'; export const rows = sql;` },
  'opossum-in-its-room': {
    'src/postgres/breaker.ts': `import Breaker from 'opossum'; export const breaker = Breaker;`,
  },
  'observability-in-its-room': {
    'src/kafka/log.ts': `import { pino } from 'pino'; export const log = pino;`,
  },
  'tracing-in-its-room': {
    'src/kafka/span.ts': `import { trace } from '@opentelemetry/api'; export const span = trace;`,
  },
  'terminal-in-its-room': { 'src/kafka/bars.ts': `import pc from 'picocolors'; export const bars = pc;` },
  'charts-in-its-room': {
    'src/kafka/chart.ts': `import { scaleLinear } from 'd3-scale'; export const chart = scaleLinear;`,
  },
  'zod-in-its-room': { 'src/kafka/shape.ts': `import { z } from 'zod'; export const shape = z;` },
};

describe('The dependency rules', () => {
  const trees: string[] = [];

  const inTree = async (tree: Tree): Promise<string[]> => {
    // A new folder each time: the checker remembers what it has read.
    const base = mkdtempSync(join(tmpdir(), 'runclose-rules-'));
    trees.push(base);
    symlinkSync(join(root, 'node_modules'), join(base, 'node_modules'));
    copyFileSync(join(root, 'package.json'), join(base, 'package.json'));
    for (const [file, text] of Object.entries(tree)) {
      mkdirSync(dirname(join(base, file)), { recursive: true });
      writeFileSync(join(base, file), text);
    }
    const { violations } = await cruiseModules(base);
    return violations.map((violation) => violation.slice(0, violation.indexOf(':')));
  };

  after(() => trees.forEach((tree) => rmSync(tree, { recursive: true })));

  it('allow what they should', async () => {
    expect(await inTree(SOUND)).to.deep.equal([]);
  });

  for (const [rule, tree] of Object.entries(BROKEN)) {
    it(`fire: ${rule}`, async () => {
      expect(new Set(await inTree({ ...SOUND, ...tree }))).to.deep.equal(new Set([rule]));
    });
  }

  it('are each shown to fire', () => {
    expect(Object.keys(BROKEN).sort()).to.deep.equal(rules.forbidden?.map(({ name }) => name).sort());
  });

  it('have looked at every module of this project', async function () {
    this.timeout(180_000);
    const { seen } = await cruiseModules(root);
    expect(unseenModules(root, seen)).to.deep.equal([]);
  });

  it('notice a checker that sees nothing', () => {
    expect(unseenModules(root, [])).to.include('src/domain/ledger.ts');
  });
});
