import { expect } from 'chai';
import { loadSchemas } from '../../../src/avro/schema-files.ts';
import { runClosed, runSummary } from '../../../src/domain/events.ts';
import { DEFAULT_CHANNEL_POLICY, POLICY_NAMES } from '../../../src/domain/channel-policy.ts';
import { firstFault } from '../../../src/domain/validate.ts';
import { aCommand, anOrder } from '../../support/commands.ts';
import { closedOf, createChannel } from '../../support/channel.ts';

const MIB = 1024 * 1024;
/** Three bytes of UTF-8 for each UTF-16 unit: the most there is. */
const widest = (units: number, n = 0): string => `${String(n).padStart(3, '0')}${'漢'.repeat(units - 3)}`;
const id = (n = 0): string => widest(128, n);

describe('The largest valid command', () => {
  const command = aCommand({
    commandId: id(),
    runId: id(),
    channelId: id(),
    channelName: widest(200),
    initiatorUserId: id(),
    actorUserId: id(),
    correlationId: id(),
    pickupTime: Date.UTC(2026, 2, 2, 8, 40),
    pickupNote: widest(1_000),
    orders: Array.from({ length: 200 }, (_, n) =>
      anOrder({
        orderId: id(n),
        userId: id(n),
        slackUserId: id(n),
        displayName: widest(200, n),
        text: widest(500, n),
        provenance: widest(200, n),
        confirmed: false,
        quantity: 100,
      }),
    ),
  });
  const schemas = loadSchemas();

  it('is valid, and fits the topic of the commands', () => {
    expect(firstFault(command, command.channelId)).to.equal(null);
    expect(schemas['run.close.requested'].type.toBuffer(command).length).to.be.below(MIB);
  });

  it('leads to events that fit their topics, compressed or not', () => {
    for (const policy of POLICY_NAMES) {
      const channel = createChannel({ policy });
      const closed = runClosed(command, closedOf(channel.close(command)), id());
      const settings = { ...DEFAULT_CHANNEL_POLICY, policy };
      const summary = runSummary(command, { ...closed }, settings, id());
      expect(schemas['run.closed'].type.toBuffer(closed).length, policy).to.be.below(MIB);
      expect(schemas['run.summary'].type.toBuffer(summary).length, policy).to.be.within(MIB, 3 * MIB);
    }
  });
});
