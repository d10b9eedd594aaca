import { expect } from 'chai';
import type { RunClosed } from '../../../src/domain/records.ts';
import { UNIT } from '../../../src/domain/ledger.ts';
import type { EventType } from '../../../src/wire/event-types.ts';
import type { EmittedRecord, HistoryRecord, HistoryStep } from '../../../src/replay/history.ts';
import type { Forgotten } from '../../../src/replay/ports.ts';
import { reportOf, type VerifyReport } from '../../../src/replay/verify/report.ts';
import { verify } from '../../../src/replay/verify/verification.ts';
import { createChannelLedgers } from '../../../src/replay/channel-ledgers.ts';
import { createDecider } from '../../../src/replay/decider.ts';
import { DEFAULT_CHANNEL_POLICY } from '../../../src/domain/channel-policy.ts';
import { aCommand, anOrder, manyCommands } from '../../support/commands.ts';
import {
  claimsInMemory,
  codec,
  forget,
  recorded,
  type Recorded,
  SCHEMA_IDS,
  writers,
} from '../../support/replay/recorded.ts';
import { parseType } from '../../../src/avro/avro-type.ts';
import { loadSchemas } from '../../../src/avro/schema-files.ts';
import { frame } from '../../../src/wire/frame.ts';
import { sha256 } from '../../../src/processor/sha256.ts';

const SCHEMAS = loadSchemas();

const commands = [
  ...manyCommands(60).map(aCommand),
  Buffer.from([9, 9]),
  aCommand(manyCommands(1)[0]),
  aCommand({ ...manyCommands(1)[0], runId: 'another run' }),
  aCommand({ commandId: 'second', runId: 'run-3', channelId: 'C3' }),
  aCommand({ commandId: 'invalid', runId: '' }),
];

const verified = async (past: Recorded): Promise<VerifyReport> => {
  const { history } = past;
  const ledgers = createChannelLedgers(history.policies);
  const decider = createDecider({
    decode: (values) => history.decode(values),
    codec,
    ledgers,
    claims: claimsInMemory(),
  });
  const verification = await verify({
    history,
    decider,
    forget,
    stored: {
      inRange: ({ partition, from, to }) =>
        Promise.resolve(
          past.stored.filter((row) => row.partition === partition && row.offset >= from && row.offset < to),
        ),
      ahead: () => Promise.resolve([]),
    },
    comparedFrom: new Map(),
    channelId: undefined,
    limit: 10,
    onProgress: () => undefined,
  });
  return reportOf([{ verification, ledgers: ledgers.all() }], {
    policies: history.policies,
    snapshot: { positions: new Map([[0, past.steps.length]]), ledgers: past.ledgers },
    topic: history.facts.topic,
    ahead: [],
    channelId: undefined,
    limit: 10,
  });
};

const commandAt = (past: Recorded, offset: number) =>
  past.steps.find((step) => step.kind === 'command' && step.record.offset === offset) as Extract<
    HistoryStep,
    { kind: 'command' }
  >;

/** Puts something else in the place of what a command led to. */
const lead = (
  past: Recorded,
  offset: number,
  to: (emitted: readonly EmittedRecord[]) => readonly EmittedRecord[],
) => {
  past.steps = past.steps.map((step) =>
    step.kind === 'command' && step.record.offset === offset ? { ...step, emitted: to(step.emitted) } : step,
  );
};

const altered = (emitted: EmittedRecord, change: (event: never) => object): EmittedRecord => {
  if (emitted.kind === 'dead-letter' || emitted.record.value === null) return emitted;
  const event = change(codec.readBody(emitted.kind, emitted.record.value.subarray(5)) as never);
  const value = frame(SCHEMA_IDS[emitted.kind], codec.encode(emitted.kind, event as never));
  return { ...emitted, record: { ...emitted.record, value } };
};

const only = ({ listed }: VerifyReport) => {
  expect(listed).to.have.length(1);
  const [{ code, channelId, where, field, expected, found }] = listed as [VerifyReport['listed'][0]];
  return { code, channelId, where, field, expected, found };
};

describe('A verification', () => {
  it('finds nothing if nothing was changed', async () => {
    const report = await verified(await recorded(commands));
    expect(report).to.deep.include({ divergences: 0, listed: [], commands: 65, channels: 20 });
    expect(report.outcomes).to.deep.equal({ closed: 58, rejected: 5, duplicates: 1, deadLetters: 1 });
    expect(report.compared).to.deep.equal({ events: 122, decisions: 61, ledgers: 20 });
  });

  it('decides each command under the policy that was in force', async () => {
    const policy = { ...DEFAULT_CHANNEL_POLICY, version: 1, policy: 'least-recent' as const };
    const past = await recorded(commands, [{ channelId: 'C1', policy, afterRevision: 1 }]);
    expect(
      past.stored.find(({ channelId, sequence }) => channelId === 'C1' && sequence === 2)?.policyVersion,
    ).to.equal(1);
    expect((await verified(past)).divergences).to.equal(0);
  });

  it('finds nothing in events that another version of the schema has written, and names what differs in them', async () => {
    const past = await recorded(commands);
    const { schema } = SCHEMAS['run.closed'];
    const json = JSON.stringify({
      ...schema,
      fields: [
        { name: 'station', type: 'string', default: '', doc: '' },
        ...schema.fields.filter(({ name }) => name !== 'channelName'),
      ],
    });
    writers.set(99, { kind: 'AVRO', json, references: [] });
    const theirs = (emitted: EmittedRecord, change: object): EmittedRecord => {
      if (emitted.kind !== 'run.closed') return emitted;
      const event = codec.readBody('run.closed', emitted.record.value!.subarray(5));
      const value = frame(99, parseType(json).toBuffer({ ...event, station: 'bar', ...change }));
      return { ...emitted, record: { ...emitted.record, value } };
    };
    const stored = past.stored[0] as { bodyHash: Buffer; bodies: Record<string, Buffer> };
    lead(past, 0, (all) => all.map((each) => theirs(each, {})));
    stored.bodies = Object.fromEntries(
      commandAt(past, 0).emitted.map(({ kind, record }) => [kind, record.value!.subarray(5)]),
    );
    stored.bodyHash = sha256(Buffer.concat(Object.values(stored.bodies)));
    expect((await verified(past)).listed).to.deep.equal([]);

    lead(past, 1, (all) => all.map((each) => theirs(each, { sequence: 17 })));
    expect((await verified(past)).listed.map(({ code, field }) => `${code} ${field}`)).to.deep.equal([
      'EVENT_ALTERED sequence',
    ]);
  });

  it('names an event that is missing', async () => {
    const past = await recorded(commands);
    lead(past, 5, (emitted) => emitted.filter(({ kind }) => kind !== 'run.summary'));
    expect(only(await verified(past))).to.deep.include({
      code: 'EVENT_MISSING',
      channelId: 'C5',
      where: 'run.summary',
    });
  });

  it('names an event that stands twice', async () => {
    const past = await recorded(commands);
    lead(past, 5, (emitted) => [...emitted, ...emitted.slice(0, 1)]);
    expect(only(await verified(past))).to.deep.include({ code: 'EVENT_DOUBLED', channelId: 'C5' });
  });

  it('names an event that stands twice, far from its place', async () => {
    const past = await recorded(commands);
    const [again] = commandAt(past, 5).emitted as [EmittedRecord];
    past.steps.splice(40, 0, { kind: 'stray', emitted: again, source: 'run.close.requested/0/5' });
    expect(only(await verified(past))).to.deep.include({ code: 'EVENT_DOUBLED', channelId: 'C5' });
  });

  for (const [how, at] of [
    ['late', 30],
    ['early', 3],
  ] as const) {
    it(`names an event that stands too ${how}`, async () => {
      const past = await recorded(commands);
      const [moved] = commandAt(past, 5).emitted as [EmittedRecord];
      lead(past, 5, (emitted) => emitted.slice(1));
      past.steps.splice(at, 0, { kind: 'stray', emitted: moved, source: 'run.close.requested/0/5' });
      expect(only(await verified(past))).to.deep.include({ code: 'EVENT_OUT_OF_ORDER', channelId: 'C5' });
    });
  }

  it('names an event that nobody asked for', async () => {
    const past = await recorded(commands);
    const [forged] = commandAt(past, 5).emitted as [EmittedRecord];
    past.steps.push({ kind: 'stray', emitted: forged, source: 'run.close.requested/0/9999' });
    expect(only(await verified(past))).to.deep.include({ code: 'EVENT_UNEXPECTED', channelId: 'C5' });
  });

  for (const source of [
    'run.close.requested/0/5e0',
    'run.close.requested/0/0x5',
    'run.close.requested/0/ 5',
    '0/5',
  ])
    it(`takes no position from a source that is not written as one: "${source}"`, async () => {
      const past = await recorded(commands);
      const [again] = commandAt(past, 5).emitted as [EmittedRecord];
      past.steps.push({ kind: 'stray', emitted: again, source });
      // Read as offset 5, the event would count as a second copy of that command's event.
      expect(only(await verified(past))).to.deep.include({ code: 'EVENT_UNEXPECTED', channelId: 'C5' });
    });

  it('names a balance that is off by one unit, with its field', async () => {
    const past = await recorded(commands);
    lead(past, 25, ([closed, ...rest]) => [
      altered(closed as EmittedRecord, (event: { fairness: { ranking: { balance: number }[] } }) => {
        const [first, ...others] = event.fairness.ranking as [{ balance: number }];
        return {
          ...event,
          fairness: { ...event.fairness, ranking: [{ ...first, balance: first.balance + 1 }, ...others] },
        };
      }),
      ...rest,
    ]);
    const divergence = only(await verified(past));
    expect(divergence).to.deep.include({
      code: 'EVENT_ALTERED',
      channelId: 'C5',
      where: 'run.closed/0@24',
      field: 'fairness.ranking[0].balance',
    });
    expect(divergence.found).to.equal((divergence.expected as number) + 1);
  });

  it('names a header, a key and a dead letter that were changed', async () => {
    const past = await recorded(commands);
    lead(past, 5, ([closed, ...rest]) => {
      const { record } = closed as EmittedRecord;
      const headers = record.headers.map(
        ([name, value]) => [name, name === 'ce_id' ? Buffer.from('other') : value] as const,
      );
      return [{ kind: 'run.closed', record: { ...record, headers } }, ...rest];
    });
    lead(past, 6, ([closed, ...rest]) => [
      { kind: 'run.closed', record: { ...(closed as EmittedRecord).record, key: Buffer.from('C7') } },
      ...rest,
    ]);
    lead(past, 60, ([letter]) => [
      { kind: 'dead-letter', record: { ...(letter as EmittedRecord).record, value: Buffer.from([9]) } },
    ]);
    const { listed } = await verified(past);
    expect(listed.map(({ code, field }) => `${code} ${field}`)).to.deep.equal([
      'EVENT_ALTERED headers.ce_id',
      'EVENT_ALTERED key',
      'EVENT_ALTERED value',
    ]);
  });

  it('accepts that events continue the trace of their command, and no other trace', async () => {
    const own = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    const [span, trace] = [own.replace('00f067', 'ffffff'), own.replace('4bf92f', 'ffffff')];
    const past = await recorded(commands);
    const traced = (at: number, inCommand: string | undefined, inEvent: string): void => {
      const step = commandAt(past, at) as { record: HistoryRecord };
      if (inCommand !== undefined)
        step.record = { ...step.record, headers: [['traceparent', Buffer.from(inCommand)]] };
      lead(past, at, (events) =>
        events.map(({ kind, record }) => ({
          kind,
          record: { ...record, headers: [...record.headers, ['traceparent', Buffer.from(inEvent)]] },
        })),
      );
    };
    traced(5, own, span);
    traced(6, undefined, span);
    traced(7, own, trace);
    const { listed } = await verified(past);
    expect(listed.map(({ code, field }) => `${code} ${field}`)).to.deep.equal([
      'EVENT_ALTERED headers.traceparent',
    ]);
  });

  it('takes for a dead letter what nobody could read then, though it can be read by now', async () => {
    const past = await recorded([aCommand(), aCommand({ commandId: 'c2', runId: 'r2' })]);
    const alone = await recorded([Buffer.from([9]), aCommand({ commandId: 'c2', runId: 'r2' })]);
    const [letter] = commandAt(alone, 0).emitted as [EmittedRecord];
    const reason = '__connect.errors.exception.class.name';
    const headers = letter.record.headers.map(
      ([name, value]) => [name, name === reason ? Buffer.from('UNKNOWN_SCHEMA_ID') : value] as const,
    );
    const { value } = commandAt(past, 0).record;
    past.steps = [
      {
        ...commandAt(past, 0),
        emitted: [{ kind: 'dead-letter', record: { ...letter.record, value, headers } }],
      },
      { ...commandAt(past, 1), emitted: commandAt(alone, 1).emitted },
    ];
    past.stored = alone.stored;
    past.ledgers = alone.ledgers;
    const report = await verified(past);
    expect(report.listed).to.deep.equal([]);
    expect(report.outcomes).to.include({ closed: 1, deadLetters: 1 });
  });

  it('names a stored decision that is missing, one that nobody made, and one that was changed', async () => {
    const past = await recorded(commands);
    past.stored = past.stored
      .filter(({ offset }) => offset !== 5)
      .map((row) => (row.offset === 6 ? { ...row, runnerUserId: 'U9' } : row));
    past.stored.push({ ...(past.stored[0] as (typeof past.stored)[0]), offset: 60 });
    const { listed } = await verified(past);
    expect(listed.map(({ code, source, field }) => `${code} ${String(source)} ${field}`)).to.have.members([
      'DECISION_MISSING run.close.requested/0/5 row',
      'DECISION_ALTERED run.close.requested/0/6 runnerUserId',
      'DECISION_UNEXPECTED run.close.requested/0/60 row',
    ]);
  });

  it('names stored bodies that differ from the events', async () => {
    const past = await recorded(commands);
    past.stored = past.stored.map((row) =>
      row.offset === 5 ? { ...row, bodies: { ...row.bodies, 'run.closed': Buffer.from('other') } } : row,
    );
    expect(only(await verified(past))).to.deep.include({
      code: 'DECISION_ALTERED',
      field: 'bodies.run.closed',
    });
  });

  describe('of decisions in which personal data was forgotten', () => {
    const forgetting = (past: Recorded, offset: number, whose: Forgotten) => {
      past.stored = past.stored.map((row) =>
        row.offset === offset
          ? {
              ...row,
              forgotten: whose,
              bodies: Object.fromEntries(
                Object.entries(row.bodies).map(([type, body]) => [
                  type,
                  forget(type as EventType, body, whose),
                ]),
              ),
            }
          : row,
      );
    };

    it('compares all the rest, and counts them', async () => {
      const past = await recorded(commands);
      forgetting(past, 5, 'everybody');
      forgetting(past, 6, ['U2']);
      forgetting(past, 9, ['U3', 'nobody']);
      const report = await verified(past);
      expect(report).to.deep.include({ divergences: 0, forgotten: { everybody: 1, somePeople: 2 } });
      expect(report.compared.decisions).to.equal(61);
    });

    it('still names a body that was changed', async () => {
      const past = await recorded(commands);
      forgetting(past, 5, 'everybody');
      past.stored = past.stored.map((row) => {
        const closed = row.bodies['run.closed'];
        if (row.offset !== 5 || closed === undefined) return row;
        const event = codec.readBody('run.closed', closed) as RunClosed;
        const other = codec.encode('run.closed', { ...event, sequence: event.sequence + 1 });
        return { ...row, bodies: { ...row.bodies, 'run.closed': other } };
      });
      expect(only(await verified(past))).to.deep.include({
        code: 'DECISION_ALTERED',
        field: 'bodies.run.closed',
      });
    });

    it('names one that is marked and was not forgotten, one that was and is not marked, and a hash that was changed', async () => {
      const past = await recorded(commands);
      forgetting(past, 6, ['U2']);
      forgetting(past, 8, 'everybody');
      past.stored = past.stored.map((row) => {
        if (row.offset === 5) return { ...row, forgotten: 'everybody' };
        if (row.offset === 6) return { ...row, forgotten: null };
        return row.offset === 8 ? { ...row, bodyHash: Buffer.alloc(32) } : row;
      });
      const { listed } = await verified(past);
      expect(listed.map(({ source, field }) => `${String(source)} ${field}`)).to.deep.equal([
        'run.close.requested/0/5 bodies.run.closed',
        'run.close.requested/0/6 bodies.run.closed',
        'run.close.requested/0/8 bodyHash',
      ]);
    });
  });

  it('names a ledger that is off by one unit, that is missing, and that nobody folded', async () => {
    const past = await recorded(commands);
    const [first, second, ...rest] = past.ledgers as [(typeof past.ledgers)[0], (typeof past.ledgers)[0]];
    const [member] = [...first.members.values()];
    if (member === undefined) throw new Error('a channel has members');
    const members = new Map(first.members).set(member.userId, { ...member, balance: member.balance + UNIT });
    past.ledgers = [{ ...first, members }, { ...second, channelId: 'nobody' }, ...rest];
    const { listed } = await verified(past);
    expect(
      listed.map(({ code, channelId, field }) => `${code} ${String(channelId)} ${field}`),
    ).to.have.members([
      `LEDGER_ALTERED ${first.channelId} members[${member.userId}].balance`,
      `LEDGER_MISSING ${second.channelId} ledger`,
      'LEDGER_UNEXPECTED nobody ledger',
    ]);
  });

  it('lists the first differences, and counts all', async () => {
    const past = await recorded(commands);
    past.steps = past.steps.map((step) => (step.kind === 'command' ? { ...step, emitted: [] } : step));
    const report = await verified(past);
    expect(report.listed).to.have.length(10);
    expect(report.counts).to.deep.equal({ EVENT_MISSING: 122 });
  });

  it('takes people of any number', async () => {
    const orders = Array.from({ length: 200 }, (_, n) => anOrder({ userId: `U${n}` }));
    expect((await verified(await recorded([aCommand({ orders })]))).divergences).to.equal(0);
  });
});
