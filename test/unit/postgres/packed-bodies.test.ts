import { expect } from 'chai';
import fc from 'fast-check';
import { createBodyCodec } from '../../../src/avro/body-codec.ts';
import { loadSchemas } from '../../../src/avro/schema-files.ts';
import { DEFAULT_CHANNEL_POLICY } from '../../../src/domain/channel-policy.ts';
import { runClosed, runSummary } from '../../../src/domain/events.ts';
import { packBodies, type TwoBodies, unpackBodies } from '../../../src/postgres/packed-bodies.ts';
import { closedOf, createChannel } from '../../support/channel.ts';
import { aCommand, anOrder } from '../../support/commands.ts';

const bodies = (first: string, second: string): TwoBodies => [Buffer.from(first), Buffer.from(second)];

describe('packed bodies', () => {
  for (const [what, both] of [
    ['nothing', bodies('', '')],
    ['a single byte', bodies('', 'a')],
    ['what repeats itself', bodies('a'.repeat(1_000), 'ab'.repeat(5_000))],
    ['what the second says again', bodies('Dana makes this run.', 'Dana makes this run.')],
    ['texts beyond ASCII', bodies('Björn ☕ goes', 'Björn ☕ goes, so ☕')],
    ['much more than usual', bodies('x'.repeat(70_000), 'y'.repeat(70_000))],
  ] as const) {
    it(`are the same again: ${what}`, () => {
      expect(unpackBodies(packBodies(both))).to.deep.equal(both);
    });
  }

  it('are the same again, whatever they hold', () => {
    const piece = fc.constantFrom('Dana', ' makes this run.', '\0', 'é', 'UTC)\n- ', 'x'.repeat(300));
    const body = fc.oneof(
      fc.uint8Array({ maxLength: 3_000 }).map((bytes) => Buffer.from(bytes)),
      fc.array(piece, { maxLength: 200 }).map((pieces) => Buffer.from(pieces.join(''))),
    );
    fc.assert(
      fc.property(body, body, (first, second) => {
        expect(unpackBodies(packBodies([first, second]))).to.deep.equal([first, second]);
      }),
    );
  });

  it('of version 0.1.0 can be read', () => {
    const packed = Buffer.from('015b000000a10000000fdd021b0fa5021b0fa1002c60206c696e652e', 'hex');
    expect(
      unpackBodies(packed).map(String),
      'restore the dictionary in src/postgres/packed-bodies.ts: all stored bodies need it unchanged',
    ).to.deep.equal([
      'NONE PREVIOUS_RUNNER CANNOT_RUN SOLE_ELIGIBLE fair-share-weighted least-recent window-count',
      ' runs behind (made 1, fair share 1.20), the furthest of the 5 in line.',
    ]);
  });

  it('without any repeat take hardly more than their bytes', () => {
    let state = 1;
    const noise = Buffer.from(
      Array.from({ length: 100_000 }, () => (state = (state * 48_271) % 2_147_483_647) & 0xff),
    );
    const packed = packBodies([noise, Buffer.alloc(0)]);
    expect(packed.length).to.be.lessThan(noise.length + 1_000);
    expect(unpackBodies(packed)).to.deep.equal([noise, Buffer.alloc(0)]);
  });

  it('of a run take less than half of their bytes', () => {
    const codec = createBodyCodec(loadSchemas());
    const orders = ['Mateo', 'Lena', 'Ines', 'Zed', 'Dana'].map((displayName, index) =>
      anOrder({ userId: `U02${String(index)}BE7LR`, displayName }),
    );
    const command = aCommand({ orders });
    const closed = runClosed(command, closedOf(createChannel().close(command)), 'event-1');
    const summary = runSummary(command, closed, DEFAULT_CHANNEL_POLICY, 'event-2');
    const both: TwoBodies = [codec.encode('run.closed', closed), codec.encode('run.summary', summary)];
    const packed = packBodies(both);
    expect(packed.length).to.be.lessThan((both[0].length + both[1].length) / 2);
    expect(unpackBodies(packed)).to.deep.equal(both);
  });

  it('that were stored are read by every later version', () => {
    const stored = Buffer.from('ARQAAAAoAAAAkERhbmEgbWFrZZwBIGlzVQAaLhQAYHMgcnVuLg==', 'base64');
    expect(unpackBodies(stored)).to.deep.equal(bodies('Dana makes this run.', 'Dana makes this run.'));
  });

  it('are refused in a format of a later version, and if they are damaged', () => {
    const packed = packBodies(bodies('Dana makes this run.', 'Dana makes this run.'));
    const changed = (at: number, byte: number): Buffer => {
      const copy = Buffer.from(packed);
      copy[at] = byte;
      return copy;
    };
    expect(() => unpackBodies(changed(0, 2))).to.throw(RangeError, 'format 2');
    for (const damaged of [packed.subarray(0, -1), Buffer.concat([packed, packed]), changed(2, 0x7f)])
      expect(() => unpackBodies(damaged)).to.throw(RangeError, 'damaged');
  });
});
