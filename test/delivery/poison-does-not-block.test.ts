import { expect } from 'chai';
import type { Message } from 'kafkajs';
import { loadSchemas } from '../../src/avro/schema-files.ts';
import { asMessageHeaders } from '../../src/kafka/records/headers.ts';
import { aCommand, manyCommands } from '../support/commands.ts';
import { createDeployment, type Deployment } from '../support/deployment.ts';
import { expectPromisesKept, expectSameForKafkasOwnReader } from '../support/promises.ts';

/** 2^53, as Avro writes a long. */
const HUGE_LONG = Buffer.from([0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x20]);

const ODD_HEADERS = asMessageHeaders([
  ['a', 'one'],
  ['b', null],
  ['a', 'two'],
  ['10', 'ten'],
  ['2', 'two'],
  ['toString', 'not a function'],
  ['__proto__', 'not a prototype'],
  ['constructor', null],
  ['', ''],
  ['__connect.errors.offset', '999'],
]);

describe('poison does not block its neighbours, and each bad record stands once among the dead letters', function () {
  this.timeout(90_000);
  let deployment: Deployment;
  before(async () => {
    deployment = await createDeployment(1);
    await deployment.serve();
  });
  after(() => deployment.remove());

  /** Every way in which a record can be undecodable. */
  const everyKind = async (): Promise<Record<string, Message>> => {
    const good = await deployment.encode({ commandId: 'spoilt', runId: 'spoilt' });
    const unknown = Buffer.from(good);
    unknown.writeInt32BE(2_000_000_000, 1);
    const wrongMagic = Buffer.from(good);
    wrongMagic[0] = 1;
    const at = (value: Buffer | null): Message => ({ key: 'C1', value });
    return {
      'no value': at(null),
      'no bytes': at(Buffer.alloc(0)),
      'one byte': at(good.subarray(0, 1)),
      'two bytes': at(good.subarray(0, 2)),
      'three bytes': at(good.subarray(0, 3)),
      'four bytes': at(good.subarray(0, 4)),
      'nothing but a schema id': at(good.subarray(0, 5)),
      'another magic byte': at(wrongMagic),
      'an unknown schema id': at(unknown),
      'a negative schema id': at(Buffer.from([0, 0xff, 0xff, 0xff, 0xff, 1])),
      'half a record': at(good.subarray(0, good.length / 2)),
      'all but the last byte': at(good.subarray(0, -1)),
      'one byte too many': at(Buffer.concat([good, Buffer.from([0])])),
      'a time beyond 2^53': at(withHugeTime(good)),
      'nearly a mebibyte': at(Buffer.alloc(900_000, 'x')),
      'odd headers': { key: 'C1', value: Buffer.from('odd'), headers: ODD_HEADERS },
      'odd headers and no value': { key: 'C1', value: null, headers: ODD_HEADERS },
      'no key': { key: null, value: Buffer.from('no key') },
      'a key that is not UTF-8': { key: Buffer.from([0xff, 0xfe]), value: Buffer.from('bad key') },
    };
  };

  it('whatever is wrong with it', async () => {
    const poison = Object.values(await everyKind());
    const neighbours = await Promise.all(
      manyCommands(poison.length + 1).map(async (command) => ({
        key: aCommand(command).channelId,
        value: await deployment.encode(command),
        headers: ODD_HEADERS,
      })),
    );
    await deployment.send(...neighbours.flatMap((good, index) => [good, ...poison.slice(index, index + 1)]));
    await deployment.settled();
    const outputs = await expectPromisesKept(deployment);
    await expectSameForKafkasOwnReader(deployment, outputs);

    const letters = outputs.filter(({ topic }) => topic === deployment.names.deadLetters);
    expect(letters).to.have.length(poison.length);
    for (const letter of letters) {
      const appended = letter.headers.slice(-7).map(([name]) => name);
      expect(appended).to.deep.equal(
        [
          'topic',
          'partition',
          'offset',
          'stage',
          'class.name',
          'exception.class.name',
          'exception.message',
        ].map((name) => `__connect.errors.${name}`),
      );
    }
    const exceptions = letters.map(({ headers }) => headers.at(-2)?.[1]?.toString());
    expect([...new Set(exceptions)].sort()).to.deep.equal([
      'NULL_VALUE',
      'TOO_SHORT',
      'UNDECODABLE',
      'UNKNOWN_SCHEMA_ID',
      'WRONG_MAGIC_BYTE',
    ]);
  });

  it('not even if only poison comes for a while', async () => {
    const before = (await deployment.read(deployment.names.deadLetters)).length;
    const kinds = Object.values(await everyKind()).filter(({ value }) => (value?.length ?? 0) < 1_000);
    const burst = Array.from({ length: 3_000 }, (_, index) => kinds[index % kinds.length]!);
    await deployment.send(...burst);
    await deployment.publish(...manyCommands(40, 1_000));
    await deployment.settled();
    const outputs = await expectPromisesKept(deployment);
    const letters = outputs.filter(({ topic }) => topic === deployment.names.deadLetters);
    expect(letters).to.have.length(before + burst.length);
  });
});

/** The same command, but its time does not fit a number. The time stands behind the command's `allowConsecutiveRunner`. */
const withHugeTime = (good: Buffer): Buffer => {
  const { type } = loadSchemas()['run.close.requested'];
  const time = aCommand().requestedAt;
  const plain = type.toBuffer(aCommand({ commandId: 'spoilt', runId: 'spoilt', requestedAt: time }));
  const other = type.toBuffer(aCommand({ commandId: 'spoilt', runId: 'spoilt', requestedAt: time + 1 }));
  const at = plain.findIndex((byte, index) => byte !== other[index]);
  const length = 6;
  return Buffer.concat([good.subarray(0, 5), plain.subarray(0, at), HUGE_LONG, plain.subarray(at + length)]);
};
