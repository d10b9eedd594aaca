import { expect } from 'chai';
import { deadLetter } from '../../../../src/kafka/records/dead-letters.ts';
import type { LogRecord } from '../../../../src/kafka/records/log-record.ts';
import { redrivenHeaders } from '../../../../src/kafka/records/redriven-letters.ts';
import { verdictOf, type VerdictRules } from '../../../../src/operations/redrive/verdicts.ts';
import type { Decoded } from '../../../../src/processor/ports/record-codec.ts';
import type { Headers } from '../../../../src/wire/headers.ts';
import { aCommand } from '../../../support/commands.ts';

const READABLE: Decoded = { kind: 'command', command: aCommand() };
const POISON: Decoded = { kind: 'poison', poison: { code: 'UNDECODABLE', message: 'no' } };

const rules: VerdictRules = {
  topic: 'in',
  reason: undefined,
  schemaId: undefined,
  maxAttempts: 2,
  wasSent: () => false,
  isTraceable: () => true,
};

const letter = (headers: Headers = [], topic = 'in'): LogRecord => {
  const record = { offset: 7, key: null, value: Buffer.from([0, 0, 0, 0, 77, 1]), timestamp: 1, headers };
  const poison = { code: 'UNKNOWN_SCHEMA_ID', message: 'unknown' };
  return {
    ...deadLetter(record, { topic, partition: 3 }, poison),
    topic: 'in.dlq',
    partition: 3,
    offset: 88,
  };
};

/** The dead letter after `times` redrives. */
const tried = (times: number): LogRecord => {
  let current = letter();
  for (let n = 0; n < times; n++) current = letter(redrivenHeaders(current.headers, current));
  return current;
};

describe('Of a dead letter', () => {
  it('what can be read by now is sent, and what cannot is left', () => {
    expect(verdictOf(letter(), READABLE, rules)).to.equal('sent');
    expect(verdictOf(letter(), POISON, rules)).to.equal('unreadable');
  });

  it('what was sent before stays sent, whatever else holds', () => {
    expect(verdictOf(letter([], 'other'), POISON, { ...rules, wasSent: () => true })).to.equal('sent-before');
  });

  it('the last try is counted', () => {
    expect(verdictOf(tried(1), READABLE, rules)).to.equal('sent');
    expect(verdictOf(tried(2), READABLE, rules)).to.equal('too-many-attempts');
    expect(verdictOf(tried(2), READABLE, { ...rules, maxAttempts: 3 })).to.equal('sent');
  });

  it('only what was asked for is sent, by reason and by schema', () => {
    expect(verdictOf(letter(), READABLE, { ...rules, reason: 'UNDECODABLE' })).to.equal('not-asked-for');
    expect(verdictOf(letter(), READABLE, { ...rules, reason: 'UNKNOWN_SCHEMA_ID' })).to.equal('sent');
    expect(verdictOf(letter(), READABLE, { ...rules, schemaId: 78 })).to.equal('not-asked-for');
    expect(verdictOf(letter(), READABLE, { ...rules, schemaId: 77 })).to.equal('sent');
  });

  it('what another system has put there, or nobody can trace any more, is left', () => {
    expect(verdictOf(letter([], 'other'), READABLE, rules)).to.equal('foreign');
    expect(verdictOf({ ...letter(), headers: [] }, READABLE, rules)).to.equal('foreign');
    expect(verdictOf(letter(), READABLE, { ...rules, isTraceable: () => false })).to.equal('untraceable');
  });
});
