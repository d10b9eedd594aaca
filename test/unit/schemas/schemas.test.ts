import { readdirSync } from 'node:fs';

import { expect } from 'chai';

import { recordsIn } from '../../../scripts/schemas/records-in.ts';
import type { FieldJson } from '../../../src/avro/schema-json.ts';
import { loadSchemas, RECORD_TOPICS, subjectOf } from '../../../src/avro/schema-files.ts';

const schemas = loadSchemas();
const files = RECORD_TOPICS.map((topic) => schemas[topic].schema);
const records = files.flatMap(recordsIn);
const fields = records.flatMap((record) => record.fields);

const PERSONAL = [
  'channelName',
  'channelText',
  'displayName',
  'explanation',
  'fairnessExplanation',
  'pickupNote',
  'runnerText',
  'slackUserId',
  'text',
];
const NULLABLE = [
  'channelName',
  'correlationId',
  'lastServedSequence',
  'pickupNote',
  'pickupTime',
  'policyVersion',
  'rank',
  'slackUserId',
];

const TIME = '{"type":"long","logicalType":"timestamp-millis"}';
const isTime = ({ type }: FieldJson): boolean => [TIME, `["null",${TIME}]`].includes(JSON.stringify(type));
const namesOf = (chosen: readonly FieldJson[]): string[] =>
  [...new Set(chosen.map(({ name }) => name))].sort();
const shapeOf = (name: string): string[] =>
  records.find((record) => record.name === name)?.fields.map((field) => field.name) ?? [];

describe('The schemas', () => {
  it('are one file a subject', () => {
    const found = readdirSync(new URL('../../../schemas/', import.meta.url)).filter((name) =>
      name.endsWith('.avsc'),
    );
    expect(found).to.have.members(RECORD_TOPICS.map((topic) => `${subjectOf('', topic)}.avsc`));
  });

  it('hold the records of the contract, in the namespace runclose', () => {
    expect(files.map(({ namespace, name }) => `${String(namespace)}.${name}`)).to.deep.equal([
      'runclose.RunCloseRequested',
      'runclose.RunClosed',
      'runclose.RunSummary',
      'runclose.RunCloseRejected',
    ]);
  });

  it('document every record and field', () => {
    for (const { name, doc } of [...records, ...fields]) expect(doc, name).to.match(/^[A-Z`].*[.]$/);
  });

  it('mark personal data everywhere', () => {
    expect(namesOf(fields.filter(({ pii }) => pii === true))).to.deep.equal(PERSONAL);
    for (const field of fields)
      expect(field.pii === true, field.name).to.equal(PERSONAL.includes(field.name));
  });

  it('make exactly the optional fields nullable, with null as the default', () => {
    expect(namesOf(fields.filter(({ type }) => Array.isArray(type)))).to.deep.equal(NULLABLE);
    for (const { name, type, default: value } of fields) {
      if (!Array.isArray(type)) continue;
      expect(type, name).to.have.lengthOf(2);
      expect([type[0], value], name).to.deep.equal(['null', null]);
    }
  });

  it('have defaults for fields that commands may leave out', () => {
    const defaults = fields.filter((field) => field.default !== undefined && field.default !== null);
    expect(Object.fromEntries(defaults.map((field) => [field.name, field.default]))).to.deep.equal({
      allowConsecutiveRunner: false,
      provenance: 'manual',
      confirmed: true,
      quantity: 1,
      canRun: true,
    });
  });

  it('hold times as milliseconds', () => {
    expect(namesOf(fields.filter(isTime))).to.deep.equal([
      'closedAt',
      'pickupTime',
      'rejectedAt',
      'requestedAt',
      'submittedAt',
    ]);
  });

  it('keep their fields in order', () => {
    expect(shapeOf('Order').join(' ')).to.equal(
      'orderId userId slackUserId displayName text provenance submittedAt confirmed quantity canRun',
    );
    expect(shapeOf('RunCloseRequested').join(' ')).to.equal(
      'commandId runId channelId channelName initiatorUserId actorUserId allowConsecutiveRunner requestedAt correlationId ' +
        'pickupTime pickupNote orders',
    );
    expect(shapeOf('RunClosed').join(' ')).to.equal(
      'eventId commandId correlationId runId channelId channelName sequence runner participantCount closedAt fairness',
    );
    expect(shapeOf('Runner').join(' ')).to.equal('userId slackUserId displayName');
    expect(shapeOf('Fairness').join(' ')).to.equal(
      'policy policyVersion windowRuns repeat repeatAllowed unit reason explanation ranking',
    );
    expect(shapeOf('RankingEntry').join(' ')).to.equal(
      'rank userId displayName quantity served servedInWindow balance charge lastServedSequence exclusion',
    );
    expect(shapeOf('RunSummary').join(' ')).to.equal(
      'eventId commandId correlationId runId channelId channelName sequence closedAt pickupTime pickupNote runner orders ' +
        'participantCount totalDrinks remindersEnabled reminderOffsetMinutes fairnessExplanation channelText runnerText',
    );
    expect(shapeOf('RunCloseRejected').join(' ')).to.equal(
      'eventId commandId correlationId runId channelId actorUserId reason message policyVersion rejectedAt',
    );
  });
});
