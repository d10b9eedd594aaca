import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { failureOf } from '../../../src/processor/failure.ts';
import {
  completeCommand,
  createDecoder,
  createEncoder,
  eventIdOfCommand,
  eventIdOfSource,
  firstFault,
  partitionOf,
  SCHEMAS,
  subjectOf,
  type CommandInput,
  type RunCloseRejected,
} from '../../../src/sdk/records.ts';
import { aCommand } from '../../support/commands.ts';

const TOPIC = 'run.close.requested';
const COMMAND = aCommand({ correlationId: 'c-1', pickupTime: Date.UTC(2026, 0, 5, 9) });

const REJECTED: RunCloseRejected = {
  eventId: eventIdOfCommand({ channelId: 'C1', commandId: 'command-1' }, 'run.close.rejected'),
  commandId: 'command-1',
  correlationId: null,
  runId: 'run-1',
  channelId: 'C1',
  actorUserId: 'U1',
  reason: 'a later reason',
  message: 'for tests',
  policyVersion: null,
  rejectedAt: 0,
};

const failureIn = async (work: () => unknown) => {
  try {
    await work();
  } catch (error) {
    return failureOf(error);
  }
  return expect.fail('it did not fail');
};

describe('The records, for services with a Kafka client of their own', () => {
  it('have a command decoded as it was encoded, in the wire format', async () => {
    const value = await createEncoder(TOPIC, { schemaId: 258 })(COMMAND);
    expect([...value.subarray(0, 5)]).to.deep.equal([0, 0, 0, 1, 2]);
    const asked: number[] = [];
    const decode = createDecoder(TOPIC, (id) => {
      asked.push(id);
      return SCHEMAS[TOPIC];
    });
    expect(await decode(value)).to.deep.equal({ kind: 'value', value: COMMAND });
    expect(await decode(Uint8Array.from(value))).to.deep.equal({ kind: 'value', value: COMMAND });
    expect(asked, 'the lookup is called once').to.deep.equal([258]);
  });

  it('have an event decoded as it was encoded', async () => {
    const value = await createEncoder('run.close.rejected', { schemaId: 1 })(REJECTED);
    const decode = createDecoder('run.close.rejected', () => Promise.resolve(SCHEMAS['run.close.rejected']));
    expect(await decode(value)).to.deep.equal({ kind: 'value', value: REJECTED });
  });

  it('ask for the id of the schema under the subject of the topic and its prefix', async () => {
    const asked: string[][] = [];
    const schemaId = (subject: string, schema: string): Promise<number> => {
      asked.push([subject, schema]);
      return Promise.resolve(7);
    };
    const value = await createEncoder(TOPIC, { schemaId, topicPrefix: 'staging.' })(COMMAND);
    expect(value.readInt32BE(1)).to.equal(7);
    expect(asked).to.deep.equal([['staging.run.close.requested-value', SCHEMAS[TOPIC]]]);
    expect(subjectOf('', 'run.closed')).to.equal('run.closed-value');
  });

  it('say why a value is no record', async () => {
    const decode = createDecoder(TOPIC, (id) => (id === 1 ? SCHEMAS[TOPIC] : id === 2 ? 'no schema' : null));
    const codeOf = async (value: Uint8Array | null) => {
      const result = await decode(value);
      return result.kind === 'poison' ? result.poison.code : 'a value';
    };
    expect(await codeOf(null)).to.equal('NULL_VALUE');
    expect(await codeOf(Uint8Array.of(0))).to.equal('TOO_SHORT');
    expect(await codeOf(Uint8Array.of(1, 0, 0, 0, 1))).to.equal('WRONG_MAGIC_BYTE');
    expect(await codeOf(Uint8Array.of(0, 0, 0, 0, 1))).to.equal('UNDECODABLE');
    expect(await codeOf(Uint8Array.of(0, 0, 0, 0, 2))).to.equal('UNDECODABLE');
    expect(await codeOf(Uint8Array.of(0, 0, 0, 0, 3))).to.equal('UNKNOWN_SCHEMA_ID');
  });

  it('pass on the errors of the lookups, and ask again', async () => {
    const away = new Error('the registry is away');
    let isAway = true;
    const lookup = <T>(answer: T): Promise<T> => (isAway ? Promise.reject(away) : Promise.resolve(answer));
    const encode = createEncoder(TOPIC, { schemaId: () => lookup(1) });
    const decode = createDecoder(TOPIC, () => lookup(SCHEMAS[TOPIC]));
    const value = await createEncoder(TOPIC, { schemaId: 1 })(COMMAND);
    expect(await encode(COMMAND).catch((error: unknown) => error)).to.equal(away);
    expect(await decode(value).catch((error: unknown) => error)).to.equal(away);
    isAway = false;
    expect(await encode(COMMAND)).to.deep.equal(value);
    expect(await decode(value)).to.deep.equal({ kind: 'value', value: COMMAND });
  });

  it('name the mistake of a caller', async () => {
    const value = await createEncoder(TOPIC, { schemaId: 1 })(COMMAND);
    const mistakes: Record<string, () => unknown> = {
      'there is no record of topic runs: name one of run.close.requested, run.closed, run.summary, run.close.rejected':
        () => createEncoder('runs' as typeof TOPIC, { schemaId: 1 }),
      'schemaId gave no whole number of 32 bits for the schema of run.close.requested-value': () =>
        createEncoder(TOPIC, { schemaId: () => undefined as unknown as number })(COMMAND),
      'the lookup of schema id 1 gave no text: return the JSON text of the schema, or null if the registry does not know the id':
        () => createDecoder(TOPIC, () => ({}) as string)(value),
      'createEncoder needs an object: pass { schemaId, topicPrefix }': () =>
        createEncoder(TOPIC, null as never),
      'schemaId must be a number or a function': () => createEncoder(TOPIC, {} as never),
      'schemaOf must be a function': () => createDecoder(TOPIC, undefined as never),
      'channelId must be a text; partitions must be a whole number from 1': () =>
        partitionOf(undefined as never, Number.NaN),
    };
    for (const [message, work] of Object.entries(mistakes))
      expect(await failureIn(work)).to.include({ code: 'WRONG_USE', message });
    const faulty = { ...COMMAND, requestedAt: '2026-01-05' as unknown as number };
    const failure = await failureIn(() => createEncoder(TOPIC, { schemaId: 1 })(faulty));
    expect(failure).to.include({ code: 'UNENCODABLE_RECORD' });
    expect(failure.message).to.match(/requestedAt/);
  });

  it('complete a command, and refuse one that the processor would reject', async () => {
    const { commandId, ...input } = aCommand();
    const times = { requestedAt: new Date(0), pickupTime: '1970-01-01T00:00:01+00:00' };
    const completed = completeCommand({ ...input, ...times });
    expect(completed).to.deep.equal({
      ...input,
      commandId: completed.commandId,
      requestedAt: 0,
      pickupTime: 1_000,
    });
    expect(completed.commandId).to.match(/^[0-9a-f-]{36}$/);

    const invalid = await failureIn(() => completeCommand({ ...input, commandId, runId: '' }));
    expect(invalid).to.include({ code: 'INVALID_COMMAND' });
    expect(firstFault(aCommand({ runId: '' }), 'C1')).to.match(/^runId: /);
    expect(firstFault(aCommand(), 'C2')).to.match(/^key: /);
    expect(firstFault(aCommand(), 'C1')).to.equal(null);

    const unknown = await failureIn(() => completeCommand({ ...input, order: [] } as CommandInput));
    expect(unknown).to.include({ code: 'WRONG_USE', message: 'order is not a field; did you mean orders?' });
  });

  it('place a channel where Java’s client does, and know the ids of events', () => {
    // org.apache.kafka.common.utils.UtilsTest, testMurmur2.
    expect(partitionOf('foobar', 1_000)).to.equal((-790332482 & 0x7fffffff) % 1_000);
    const command = { channelId: 'C024BE7LR', commandId: '7d8f3c1e-0a52-4c3b-9a64-0d2f4f6f5b10' };
    expect(eventIdOfCommand(command, 'run.closed')).to.equal('6c1524a3-c36c-5f7d-9700-2b3c4c00f493');
    const source = 'run.close.requested/3/1042';
    expect(eventIdOfSource(source, 'run.close.rejected')).to.equal('85e30db3-24b0-5776-b8b3-e450a88b47c8');
  });

  it('have the schemas of the files', () => {
    for (const [topic, json] of Object.entries(SCHEMAS)) {
      const file = new URL(`../../../schemas/${topic}-value.avsc`, import.meta.url);
      expect(JSON.parse(json), topic).to.deep.equal(JSON.parse(readFileSync(file, 'utf8')));
    }
  });
});
