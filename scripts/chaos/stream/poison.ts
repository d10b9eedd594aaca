import type { Random } from '../random.ts';
import type { StreamRecord } from './stream-record.ts';

/** No registry here ever gives this id. */
const UNKNOWN_ID = 1_000_003;
const HUGE_BYTES = 700_000;

type Poisoned = Pick<StreamRecord, 'value' | 'headers'>;

/** All kinds of records that can never be decoded. `good` is a framed command, from which poison is made. */
const POISONS: Readonly<Record<string, (good: Buffer, random: Random) => Poisoned>> = {
  'no value': () => plain(null),
  'under five bytes': (_, random) => plain(Buffer.alloc(random.between(0, 4))),
  'wrong magic byte': (good) => plain(Buffer.concat([Buffer.from([1]), good.subarray(1)])),
  'unknown schema id': (good) => {
    const value = Buffer.from(good);
    value.writeInt32BE(UNKNOWN_ID, 1);
    return plain(value);
  },
  truncated: (good, random) => plain(good.subarray(0, random.between(6, good.length - 1))),
  'trailing byte': (good) => plain(Buffer.concat([good, Buffer.from([0])])),
  huge: (good) => plain(Buffer.concat([good, Buffer.alloc(HUGE_BYTES, 7)])),
  'beyond 2^53': (good) => plain(Buffer.concat([good.subarray(0, 5), commandWithTooLongATime()])),
  'odd headers': (good) => ({
    value: good.subarray(0, 3),
    headers: [
      ['a', Buffer.from('1')],
      ['b', Buffer.from([0xff, 0xfe])],
      ['a', Buffer.from('2')],
      ['10', Buffer.from('ten')],
      ['2', Buffer.from('two')],
      ['toString', Buffer.from('x')],
      ['__proto__', Buffer.from('y')],
      ['nothing', null],
      ['source-offset', Buffer.from('run.close.requested/0/0')],
    ],
  }),
};

export const POISON_KINDS = Object.keys(POISONS);

export const poisoned = (kind: string, good: Buffer, random: Random): Poisoned =>
  POISONS[kind]?.(good, random) ?? plain(null);

const plain = (value: Buffer | null): Poisoned => ({ value, headers: [] });

/** Well-formed Avro, except for a time that no double can hold. */
const commandWithTooLongATime = (): Buffer => {
  const text = (value: string): Buffer => Buffer.concat([zigzag(BigInt(value.length)), Buffer.from(value)]);
  const absent = Buffer.from([0]);
  return Buffer.concat([
    ...['cmd-far', 'run-far', 'C-far'].map(text),
    absent,
    ...['U1', 'U1'].map(text),
    Buffer.from([0]),
    zigzag(2n ** 53n),
    absent,
    absent,
    absent,
    Buffer.from([0]),
  ]);
};

const zigzag = (value: bigint): Buffer => {
  const bytes: number[] = [];
  let rest = value << 1n;
  for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  return Buffer.from([...bytes, Number(rest)]);
};
