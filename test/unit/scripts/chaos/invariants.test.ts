import { expect } from 'chai';
import { closedIn } from '../../../../scripts/chaos/evidence/events.ts';
import type { Evidence, OutputRecord } from '../../../../scripts/chaos/evidence/evidence.ts';
import { schemas } from '../../../../scripts/chaos/evidence/frames.ts';
import { INVARIANTS } from '../../../../scripts/chaos/invariants/invariants.ts';
import { poisonIsolated } from '../../../../scripts/chaos/invariants/poison-isolated.ts';
import { BOMB } from '../../../../scripts/chaos/stream/oversize.ts';
import { deadLetter } from '../../../../src/kafka/records/dead-letters.ts';
import { auditStep, honestEvidence } from '../../../support/honest-evidence.ts';

type Tampering = (evidence: Evidence) => Partial<Evidence>;

const without =
  (unwanted: (output: OutputRecord, index: number) => boolean): Tampering =>
  ({ outputs }) => ({ outputs: outputs.filter((output, index) => !unwanted(output, index)) });

const changed =
  (role: OutputRecord['role'], change: (output: OutputRecord) => Partial<OutputRecord>): Tampering =>
  ({ outputs }) => {
    const index = outputs.findIndex((output) => output.role === role);
    return {
      outputs: outputs.map((output, at) => (at === index ? { ...output, ...change(output) } : output)),
    };
  };

const spoiled = ({ value }: OutputRecord): Partial<OutputRecord> => {
  const bytes = Buffer.from(value ?? '');
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
  return { value: bytes };
};

const again =
  (role: OutputRecord['role']): Tampering =>
  ({ outputs }) => {
    const found = outputs.filter((output) => output.role === role).slice(0, 1);
    return { outputs: [...outputs, ...found.map((output) => ({ ...output, offset: 100 }))] };
  };

/** Every sentence is a crime, with what commits it and the invariants that must notice. */
const CRIMES: readonly (readonly [crime: string, notice: readonly string[], Tampering])[] = [
  ['a command without any outcome', ['I1', 'I5', 'I6'], without((_, index) => index < 2)],
  ['a rejection that is lost', ['I1', 'I5'], without(({ role }) => role === 'rejected')],
  [
    'an outcome of a record that never was',
    ['I1', 'I11'],
    ({ input }) => ({ input: input.filter(({ offset }) => offset !== 2) }),
  ],
  ['a run closed twice', ['I2'], again('closed')],
  ['a summary told twice', ['I2'], again('summary')],
  ['a record rejected twice', ['I2'], again('rejected')],
  [
    'a closed run without its summary',
    ['I1', 'I3', 'I5'],
    without(({ role }, index) => role === 'summary' && index < 2),
  ],
  ['events ahead of the committed offset', ['I3'], () => ({ committed: new Map([[0, 7]]) })],
  [
    'a ledger with another balance',
    ['I4'],
    ({ ledgers }) => {
      const [[channel, ledger]] = [...ledgers] as [[string, NonNullable<ReturnType<typeof ledgers.get>>]];
      const members = new Map(
        [...ledger.members].map(([id, member]) => [id, { ...member, balance: member.balance + 1 }]),
      );
      return { ledgers: new Map([...ledgers, [channel, { ...ledger, members }]]) };
    },
  ],
  ['a ledger that is missing', ['I4'], () => ({ ledgers: new Map() })],
  ['an event that differs from what was decided', ['I4', 'I5'], changed('rejected', spoiled)],
  [
    'a decision stored otherwise than it was emitted',
    ['I5'],
    ({ decisions }) => ({
      decisions: decisions.map((decision) => ({
        ...decision,
        fingerprints: {
          ...decision.fingerprints,
          ...('closed' in decision.fingerprints && { closed: 'another' }),
        },
      })),
    }),
  ],
  ['an event that is stored nowhere', ['I5'], ({ decisions }) => ({ decisions: decisions.slice(1) })],
  [
    'events of a channel in another order than its commands',
    ['I6'],
    ({ outputs }) => ({
      outputs: outputs.map((output) => ({ ...output, offset: -output.offset })),
    }),
  ],
  [
    'a sequence that begins anew after topics were created again',
    ['I6'],
    () => ({ closedBefore: new Map([['C1', 3]]) }),
  ],
  ['an event in another partition than its command', ['I6'], changed('closed', () => ({ partition: 1 }))],
  ['a command executed though it was aborted', ['I7'], () => ({ abortedCommandIds: new Set(['c2']) })],
  ['a lag that stays', ['I9'], ({ healing }) => ({ healing: { ...healing, lag: 3 } })],
  ['a healing that takes too long', ['I9'], ({ healing }) => ({ healing: { ...healing, seconds: 61 } })],
  ['a hanging transaction', ['I9'], () => ({ hanging: ['run.closed 0 4711'] })],
  [
    'an epoch that does not rise',
    ['I10'],
    ({ audit }) => ({ audit: [...audit, auditStep({ kind: 'lease taken', epoch: 2 })] }),
  ],
  [
    'a write under an old epoch',
    ['I10'],
    ({ audit }) => ({ audit: [...audit, auditStep({ kind: 'decisions written', epoch: 1 })] }),
  ],
  [
    'a write by a process that lost the lease',
    ['I10'],
    ({ audit }) => ({
      audit: [...audit, auditStep({ kind: 'lease used', epoch: 2, instance: 'one' })],
    }),
  ],
  ['an audit that saw nothing', ['I10'], () => ({ audit: [] })],
  [
    'an audit that knows no names',
    ['I10'],
    ({ audit }) => ({ audit: audit.map((step) => ({ ...step, instance: '' })) }),
  ],
  ['poison that is nowhere', ['I1', 'I11'], without(({ role }) => role === 'deadLetters')],
  ['poison that stands twice', ['I11'], again('deadLetters')],
  ['a dead letter with other bytes', ['I11'], changed('deadLetters', () => ({ value: Buffer.from('x') }))],
  ['a dead letter with another key', ['I11'], changed('deadLetters', () => ({ key: null }))],
  ['a dead letter with another timestamp', ['I11'], changed('deadLetters', () => ({ timestamp: 0 }))],
  [
    'a dead letter with other headers',
    ['I11'],
    changed('deadLetters', ({ headers }) => ({ headers: headers.slice(1) })),
  ],
  [
    'an instance that ended by itself',
    ['I12'],
    () => ({
      ends: [{ instance: 'one', cause: 'nothing', code: 0, lastWords: '' }],
    }),
  ],
  [
    'an instance that could not drain',
    ['I12'],
    () => ({
      ends: [{ instance: 'one', cause: 'told to stop', code: 1, lastWords: '' }],
    }),
  ],
  ['an instance that grows without end', ['I12'], () => ({ peakMemoryMb: 5000 })],
  ['a record that changes when it is read again', ['I12'], () => ({ contradictions: ['run.closed/0/3'] })],
];

const violated = (evidence: Evidence): string[] =>
  INVARIANTS.filter(({ violations }) => violations(evidence).length > 0).map(({ id }) => id);

describe('The invariants', () => {
  it('are I1 to I12', () => {
    expect(INVARIANTS.map(({ id }) => id)).to.deep.equal(
      Array.from({ length: 12 }, (_, index) => `I${index + 1}`),
    );
  });

  it('all hold on the evidence of a processor that does everything right', () => {
    const evidence = honestEvidence();
    for (const { id, violations } of INVARIANTS) expect(violations(evidence), id).to.deep.equal([]);
    const roles = evidence.outputs.map(({ role }) => role);
    expect(roles, 'every kind of output is there').to.include.members([
      'closed',
      'summary',
      'rejected',
      'deadLetters',
    ]);
  });

  for (const [crime, notice, tamper] of CRIMES) {
    it(`notice ${crime}`, () => {
      const evidence = honestEvidence();
      expect(violated({ ...evidence, ...tamper(evidence) })).to.include.members([...notice]);
    });
  }

  it('notice a runner whom the event itself would not have picked', () => {
    const evidence = honestEvidence();
    const outputs = evidence.outputs.map((output) =>
      output.role === 'closed' ? { ...output, value: withTheLastAsRunner(output) } : output,
    );
    expect(violated({ ...evidence, outputs })).to.include('I8');
  });

  it('notice that a crime of every invariant was tried', () => {
    const noticed = new Set([...CRIMES.flatMap(([, notice]) => notice), 'I8']);
    expect([...noticed].sort()).to.deep.equal(INVARIANTS.map(({ id }) => id).sort());
  });

  it('want no content in the dead letter of a record that nobody can read', () => {
    const honest = honestEvidence();
    const record = {
      ...{ partition: 0, offset: 5, timestamp: 1005 },
      ...{ key: Buffer.from('bomb'), value: BOMB.value(), headers: [] },
    };
    const topic = { topic: 'run.close.requested', partition: 0 };
    const violations = (content: { readonly key?: null; readonly value?: null }): readonly string[] => {
      const letter = deadLetter({ ...record, ...content }, topic, { code: 'UNREADABLE_BATCH', message: '' });
      return poisonIsolated.violations({
        ...honest,
        input: [...honest.input, record],
        outputs: [...honest.outputs, { role: 'deadLetters', partition: 0, ...letter, offset: 100 }],
        fold: {
          ...honest.fold,
          outcomes: new Map([...honest.fold.outcomes, ['0/5', { kind: 'dead letter' }]]),
        },
      });
    };
    expect(violations({ key: null, value: null })).to.deep.equal([]);
    expect(violations({ key: null })).to.have.length(1);
    expect(violations({ value: null })).to.have.length(1);
  });
});

const withTheLastAsRunner = (output: OutputRecord): Buffer => {
  const event = closedIn(output);
  const { ranking } = event.fairness;
  const [first, ...others] = ranking;
  const last = others.at(-1);
  if (first === undefined || last === undefined) throw new Error('nobody else took part');
  const swapped = [{ ...last, rank: 1 }, ...others.slice(0, -1), { ...first, rank: last.rank }];
  const { userId, displayName } = last;
  const runner = { userId, displayName, slackUserId: null };
  const other = { ...event, runner, fairness: { ...event.fairness, ranking: swapped } };
  return Buffer.concat([Buffer.alloc(5), schemas['run.closed'].type.toBuffer(other)]);
};
