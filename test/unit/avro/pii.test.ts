import { expect } from 'chai';
import { createBodyCodec } from '../../../src/avro/body-codec.ts';
import { createForgetting } from '../../../src/avro/pii.ts';
import { loadSchemas } from '../../../src/avro/schema-files.ts';
import type { FieldJson, RecordJson, SchemaJson } from '../../../src/avro/schema-json.ts';
import { DEFAULT_CHANNEL_POLICY } from '../../../src/domain/channel-policy.ts';
import { runClosed, runCloseRejected, runSummary } from '../../../src/domain/events.ts';
import type { RunClosed, RunSummary } from '../../../src/domain/records.ts';
import { EVENT_TYPES, type EventType } from '../../../src/wire/event-types.ts';
import { closedOf, createChannel } from '../../support/channel.ts';
import { aCommand, anOrder } from '../../support/commands.ts';

const schemas = loadSchemas();
const codec = createBodyCodec(schemas);
const forget = createForgetting(schemas);

const command = aCommand({
  channelName: 'The coffee channel',
  pickupNote: 'By the lift',
  correlationId: 'correlation-1',
  orders: [
    anOrder({ userId: 'U1', displayName: 'Dana', slackUserId: 'S1', text: 'Flat white', quantity: 2 }),
    anOrder({ userId: 'U2', displayName: 'Robin', slackUserId: 'S2', text: 'Tea', canRun: false }),
    anOrder({ userId: 'U3', displayName: 'Kim', slackUserId: null, text: 'Espresso' }),
  ],
});
const decision = closedOf(createChannel().preview(command));
const closed = runClosed(command, decision, 'event-1');
const summary = runSummary(command, closed, DEFAULT_CHANNEL_POLICY, 'event-2');
const rejected = runCloseRejected(
  command,
  { reason: 'UNAUTHORIZED', message: 'U1 may not', policyVersion: 0 },
  'event-3',
);

const bodies: Readonly<Record<EventType, Buffer>> = {
  'run.closed': codec.encode('run.closed', closed),
  'run.summary': codec.encode('run.summary', summary),
  'run.close.rejected': codec.encode('run.close.rejected', rejected),
};

const forgotten = (type: EventType, whose: 'everybody' | readonly string[], body = bodies[type]): Buffer => {
  const remaining = forget(type, body, whose);
  if (remaining === null) throw new Error('it is no body');
  return remaining;
};

/** What an event says, path by path, and whether its schema marks it. */
const leaves = (schema: SchemaJson, value: unknown, path = '', pii = false): [string, unknown, boolean][] => {
  if (typeof value !== 'object' || value === null) return [[path, value, pii]];
  const type = (Array.isArray(schema) ? schema.find((branch) => branch !== 'null') : schema) as
    RecordJson | { readonly type: 'array'; readonly items: SchemaJson };
  if (type.type === 'array')
    return (value as unknown[]).flatMap((item, n) => leaves(type.items, item, `${path}[${n}]`));
  return type.fields.flatMap((field: FieldJson) =>
    leaves(field.type, (value as Record<string, unknown>)[field.name], `${path}.${field.name}`, field.pii),
  );
};

describe('Forgetting everybody', () => {
  for (const type of EVENT_TYPES) {
    it(`empties what the schema of ${type} marks, and nothing else`, () => {
      const { schema } = schemas[type];
      const before = leaves(schema, codec.readBody(type, bodies[type]));
      const after = leaves(schema, codec.readBody(type, forgotten(type, 'everybody')));
      expect(after.map(([path]) => path)).to.deep.equal(before.map(([path]) => path));
      for (const [index, [path, value, pii]] of after.entries())
        if (pii) expect(value, path).to.be.oneOf(['', null]);
        else expect(value, path).to.equal(before[index]?.[1]);
    });
  }

  it('leaves no name, text or sentence', () => {
    for (const type of EVENT_TYPES)
      for (const word of ['Dana', 'Robin', 'Kim', 'Flat', 'Tea', 'Espresso', 'S1', 'S2', 'coffee', 'lift'])
        expect(forgotten(type, 'everybody').includes(word), `${word} in ${type}`).to.equal(false);
  });

  it('changes nothing the second time, nor a rejection, which holds no personal data', () => {
    for (const type of EVENT_TYPES) {
      const once = forgotten(type, 'everybody');
      expect(forgotten(type, 'everybody', once).equals(once), type).to.equal(true);
    }
    expect(forgotten('run.close.rejected', 'everybody')).to.deep.equal(bodies['run.close.rejected']);
  });
});

describe('Forgetting one person', () => {
  it('empties what stands beside their id, and every text that may quote them', () => {
    const { ranking, ...fairness } = closed.fairness;
    expect(codec.readBody('run.closed', forgotten('run.closed', ['U2']))).to.deep.equal({
      ...closed,
      fairness: {
        ...fairness,
        explanation: '',
        ranking: ranking.map((entry) => (entry.userId === 'U2' ? { ...entry, displayName: '' } : entry)),
      },
    } satisfies RunClosed);
    expect(codec.readBody('run.summary', forgotten('run.summary', ['U2']))).to.deep.equal({
      ...summary,
      fairnessExplanation: '',
      channelText: '',
      runnerText: '',
      orders: summary.orders.map((order) =>
        order.userId === 'U2' ? { ...order, displayName: '', slackUserId: null, text: '' } : order,
      ),
    } satisfies RunSummary);
  });

  it('empties the runner if it is this person', () => {
    const runner = closed.runner.userId;
    const event = codec.readBody('run.closed', forgotten('run.closed', [runner])) as RunClosed;
    expect(event.runner).to.deep.equal({ userId: runner, slackUserId: null, displayName: '' });
  });

  it('leaves events alone in which they take no part, whatever the texts say', () => {
    for (const type of EVENT_TYPES)
      for (const stranger of ['U9', 'Dana', 'U'])
        expect(forgotten(type, [stranger]).equals(bodies[type]), `${stranger} in ${type}`).to.equal(true);
  });

  it('gives the same result in any order, all at once, and before forgetting everybody', () => {
    for (const type of EVENT_TYPES) {
      const both = forgotten(type, ['U1', 'U2']);
      const firstThen = (first: string, then: string) => forgotten(type, [then], forgotten(type, [first]));
      expect(firstThen('U1', 'U2').equals(both), type).to.equal(true);
      expect(firstThen('U2', 'U1').equals(both), type).to.equal(true);
      expect(forgotten(type, 'everybody', both).equals(forgotten(type, 'everybody')), type).to.equal(true);
    }
  });
});

describe('What cannot be read with the schemas', () => {
  it('is not touched: cut, longer, or of another schema', () => {
    const body = bodies['run.closed'];
    for (const other of [
      body.subarray(0, body.length - 1),
      Buffer.concat([body, Buffer.from([0])]),
      bodies['run.summary'],
      Buffer.from('closed run-1'),
      Buffer.alloc(0),
    ])
      expect(forget('run.closed', other, 'everybody')).to.equal(null);
  });
});
