import { expect } from 'chai';
import pc from 'picocolors';
import type { FoundOutcome } from '../../../../src/kafka/outcomes/outcome.ts';
import type { Published } from '../../../../src/operations/request/command-outcomes.ts';
import {
  outcomeJson,
  outcomeLine,
  publishedJson,
  publishedLine,
} from '../../../../src/cli/request/outcome-text.ts';
import { decide } from '../../../../src/domain/decide.ts';
import { runClosed } from '../../../../src/domain/events.ts';
import { DEFAULT_CHANNEL_POLICY } from '../../../../src/domain/channel-policy.ts';
import { EMPTY_LEDGER } from '../../../../src/domain/ledger.ts';
import { aCommand, anOrder } from '../../../support/commands.ts';

const plain = pc.createColors(false);

const command = aCommand({ orders: [anOrder({ userId: 'U1', displayName: 'Dana' })] });
const { commandId, requestedAt } = command;
const published: Published = {
  command,
  position: { topic: 'run.close.requested', partition: 3, offset: 7, commandId, requestedAt },
};
const stands = { topic: 'run.close.requested', partition: 3, offset: 7 };
const about = { channelId: 'C1', runId: 'run-1', requestedAt: '2026-01-05T08:15:00.000Z', ...stands };

const decision = decide(
  { ledger: EMPTY_LEDGER, policy: DEFAULT_CHANNEL_POLICY, closedBy: undefined },
  command,
);
if (decision.kind !== 'closed') throw new Error('the run of one who is able is closed');
const closed: FoundOutcome = { outcome: 'closed', event: runClosed(command, decision, 'e1') };

describe('What request prints', () => {
  it('of a published command: its position, and the fields that were filled in', () => {
    expect(publishedJson(published)).to.deep.equal({ commandId, ...about });
    expect(publishedLine(published, plain)).to.equal(
      'command-1 published at run.close.requested/3@7, requested at 2026-01-05T08:15:00.000Z',
    );
  });

  it('of a closed run: its number, its runner and the whole event', () => {
    const { event, ...rest } = outcomeJson(published, closed) as Record<string, unknown>;
    expect(rest).to.deep.equal({
      commandId,
      outcome: 'closed',
      ...about,
      sequence: 1,
      runner: { userId: 'U1', slackUserId: null, displayName: 'Dana' },
    });
    expect(event).to.include({ eventId: 'e1', closedAt: '2026-01-05T08:15:00.000Z' });
    expect(outcomeLine(published, closed, plain)).to.match(
      /^closed {7}run-1 is run 1: Dana goes: nobody else ordered\.$/,
    );
  });

  it('on one line, whatever the ids hold', () => {
    const odd: Published = {
      ...published,
      command: { ...command, commandId: 'c\nclosed', runId: 'r\r\u001b[2Jclosed' },
    };
    for (const outcome of [{ outcome: 'timeout' }, { outcome: 'duplicate', first: undefined }] as const)
      expect(outcomeLine(odd, outcome, plain)).to.not.match(/\p{Cc}/u);
    expect(publishedLine(odd, plain)).to.not.match(/\p{Cc}/u);
  });

  it('of a dead letter: why it is one', () => {
    const dead = {
      outcome: 'dead-letter',
      code: 'UNKNOWN_SCHEMA_ID',
      message: 'schema id 9 is unknown',
    } as const;
    expect(outcomeJson(published, dead)).to.deep.equal({ commandId, ...about, ...dead });
    expect(outcomeLine(published, dead, plain)).to.equal(
      'dead-letter  run-1: UNKNOWN_SCHEMA_ID, schema id 9 is unknown',
    );
  });

  it('of a duplicate: what became of the first one, if that is known', () => {
    const unknown = { outcome: 'duplicate', first: undefined } as const;
    expect(outcomeJson(published, unknown)).to.deep.equal({
      commandId,
      ...about,
      outcome: 'duplicate',
      first: null,
    });
    expect(outcomeLine(published, unknown, plain)).to.match(
      /command command-1 was known already; nothing more is emitted$/,
    );
    const known = { outcome: 'duplicate', first: closed } as const;
    expect(outcomeJson(published, known)).to.have.nested.property('first.runner.displayName', 'Dana');
    expect(outcomeLine(published, known, plain)).to.match(
      /nothing more is emitted\. It had closed the run: run-1 is run 1: Dana goes: nobody else ordered\.$/,
    );
  });

  it('of a command without an outcome in time', () => {
    expect(outcomeJson(published, { outcome: 'timeout' })).to.include({ outcome: 'timeout' });
    expect(outcomeLine(published, { outcome: 'timeout' }, plain)).to.include('at run.close.requested/3@7');
  });
});
