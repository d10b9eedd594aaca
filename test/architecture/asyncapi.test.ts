import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { expect } from 'chai';
import { loadSchemas, RECORD_TOPICS } from '../../src/avro/schema-files.ts';
import { topicNames } from '../../src/kafka/names/topic-names.ts';
import { EVENT_HEADERS } from '../../src/wire/event-headers.ts';
import { EVENT_TYPES } from '../../src/wire/event-types.ts';
import {
  DEAD_LETTER_HEADERS,
  PARKED_BY_HEADER,
  PUBLISHER_HEADERS,
  REDRIVE_HEADERS,
  REPLAY_HEADER,
  SKIPPED_HEADERS,
} from '../../src/wire/headers.ts';
import { POISON_CODES } from '../../src/wire/poison-codes.ts';
import { TRACE_HEADER } from '../../src/wire/traceparent.ts';
import { recordsIn } from '../../scripts/schemas/records-in.ts';
import { faultsIn, messageOf, readDocument } from '../support/asyncapi.ts';
import { docsPage, readme } from '../support/readme.ts';

const document = readDocument();
const schemas = loadSchemas();
const DEAD_LETTERS = topicNames().deadLetters;
const PARKED = 'parked';

/** By channel, what the code writes into headers or reads there. */
const HEADERS: Readonly<Record<string, readonly string[]>> = {
  'run.close.requested': [TRACE_HEADER, ...PUBLISHER_HEADERS, ...Object.values(REDRIVE_HEADERS)],
  ...Object.fromEntries(EVENT_TYPES.map((type) => [type, [...EVENT_HEADERS, REPLAY_HEADER]])),
  [DEAD_LETTERS]: [...Object.values(DEAD_LETTER_HEADERS), ...Object.values(SKIPPED_HEADERS)],
  // A subscriber decodes nothing, so it names no decoder.
  [PARKED]: [
    ...Object.values(DEAD_LETTER_HEADERS).filter((name) => name !== DEAD_LETTER_HEADERS.decoder),
    PARKED_BY_HEADER,
  ],
};

const headersIn = (channel: string) => messageOf(document, channel).headers;

describe('schemas/asyncapi.yaml', () => {
  it('is valid by the schema of AsyncAPI 3.0.0', () => {
    // Ajv resolves the references between the ids of the other file wrongly.
    const path = createRequire(import.meta.url).resolve('@asyncapi/specs/schemas/3.0.0-without-$id.json');
    const schema = JSON.parse(readFileSync(path, 'utf8')) as object;
    expect(faultsIn(schema, document)).to.deep.equal([]);
    expect(faultsIn(schema, { ...document, channels: { wrong: { address: 1 } } })).not.to.deep.equal([]);
  });

  it('refers only to parts that exist', () => {
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)];
    expect(references).to.have.length.above(10);
    const missing = references.filter(([, path = '']) => {
      let part: unknown = document;
      for (const name of path.split('/')) part = (part as Record<string, unknown> | undefined)?.[name];
      return part === undefined;
    });
    expect(missing).to.deep.equal([]);
  });

  it('has a channel for each topic, and one for parked events', () => {
    expect(Object.keys(document.channels)).to.have.members([...Object.values(topicNames()), PARKED]);
    for (const [name, { address }] of Object.entries(document.channels))
      expect(address).to.equal(name === PARKED ? null : name);
  });

  it('has the schema of each record', () => {
    for (const topic of RECORD_TOPICS)
      expect(messageOf(document, topic).payload, topic).to.have.deep.property(
        'schema',
        schemas[topic].schema,
      );
  });

  for (const [channel, names] of Object.entries(HEADERS)) {
    it(`${channel}: has each header that the code knows, and no other, with an example that is right`, () => {
      const { properties, required } = headersIn(channel);
      expect(Object.keys(properties)).to.have.members([...names]);
      expect(names).to.include.members([...required]);
      const example = Object.fromEntries(
        Object.entries(properties).map(([name, { examples }]) => [name, examples[0]]),
      );
      expect(faultsIn(headersIn(channel), example)).to.deep.equal([]);
    });
  }

  it('has each reason for a dead letter', () => {
    expect(headersIn(DEAD_LETTERS).properties[DEAD_LETTER_HEADERS.code]?.enum).to.deep.equal([
      ...POISON_CODES,
    ]);
  });
});

describe('docs/topics.md', () => {
  const page = docsPage('topics');
  const headings = [...page.matchAll(/^(##+) (.+)$/gm)].map(([, , title = '']) => title);
  const rowsAfter = (heading: string): string[] => {
    const part = page.slice(page.indexOf(`# ${heading}\n`)).split(/^#/m)[1] ?? '';
    return [...part.matchAll(/^\| `([^`]+)`/gm)].map(([, name = '']) => name);
  };
  const nested = RECORD_TOPICS.flatMap((topic) =>
    recordsIn(schemas[topic].schema).filter((record) => record !== schemas[topic].schema),
  );

  it('has a section for each topic and for each record in the values, and no other', () => {
    expect(headings).to.have.members([
      'All topics',
      ...Object.values(topicNames()).map((name) => `\`${name}\``),
      'Topics of your own',
      'Records in values',
      ...new Set(nested.map(({ name }) => `\`${name}\``)),
    ]);
  });

  for (const name of Object.values(topicNames())) {
    it(`says what each field and each header of ${name} means`, () => {
      const topic = RECORD_TOPICS.find((each) => each === name);
      const fields = topic === undefined ? [] : schemas[topic].schema.fields.map((field) => field.name);
      expect(rowsAfter(`\`${name}\``)).to.deep.equal([...fields, ...Object.keys(headersIn(name).properties)]);
    });
  }

  it('says what each field of the records in the values and each header of parked events means', () => {
    for (const { name, fields } of nested)
      expect(rowsAfter(`\`${name}\``)).to.deep.equal(fields.map((field) => field.name));
    expect(rowsAfter('Topics of your own')).to.deep.equal(Object.keys(headersIn(PARKED).properties));
  });

  it('links only to its own headings, and the README and the pages for developers link to it', () => {
    const anchors = headings.map((title) => title.toLowerCase().replaceAll(/[`.]/g, '').replaceAll(' ', '-'));
    const links = [...page.matchAll(/\]\(#([^)]+)\)/g)].map(([, anchor = '']) => anchor);
    expect(links).to.have.length.above(5);
    expect(links.filter((anchor) => !anchors.includes(anchor))).to.deep.equal([]);
    expect(readme()).to.include('](docs/topics.md)');
    for (const other of ['publishing', 'subscribing']) expect(docsPage(other)).to.include('](topics.md');
  });
});
