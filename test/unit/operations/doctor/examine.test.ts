import { expect } from 'chai';
import { runCheck } from '../../../../src/operations/doctor/examine.ts';
import { FINDING_CODES, found, ok, skipped, worstFirst } from '../../../../src/operations/doctor/findings.ts';
import { Failure } from '../../../../src/processor/failure.ts';

const failing =
  (code: string, message = 'why: run `runclose setup`') =>
  () =>
    Promise.reject(new Failure('fatal', code, message));

describe('A check of doctor', () => {
  it('that gets no answer in time is a fault, not a wait', async () => {
    const never = () => new Promise<never>(() => undefined);
    const [finding] = await runCheck({ name: 'topics' }, never, 10);
    expect([finding?.status, finding?.code, finding?.message]).to.deep.equal([
      'fault',
      'check-failed',
      'no answer within 0.01 s',
    ]);
  });

  it('that another fault prevents is skipped, and any other failure is a fault', async () => {
    for (const code of ['KAFKA_TOPIC_MISSING', 'POSTGRES_MISCONFIGURED', 'KAFKA_TOPIC_AUTHORIZATION_FAILED'])
      expect((await runCheck({ name: 'topics' }, failing(code)))[0]?.status, code).to.equal('skipped');
    expect((await runCheck({ name: 'topics' }, failing('KAFKA_TIMEOUT')))[0]?.status).to.equal('fault');
  });

  it('names what no other check finds: a right on what belongs to Postgres itself', async () => {
    const message = 'permission denied for function pg_is_in_recovery; a superuser must give the right back';
    const [finding] = await runCheck({ name: 'clock' }, failing('POSTGRES_MISCONFIGURED', message));
    expect([finding?.code, finding?.message]).to.deep.equal(['postgres-misconfigured', message]);
  });

  it('tells the worst first, and otherwise keeps the order', () => {
    const findings = [
      ok('a', ''),
      found('b', 'group-empty', ''),
      found('c', 'topic-missing', ''),
      skipped('d', ''),
      found('e', 'clock-wrong', ''),
    ];
    expect(worstFirst(findings).map(({ check }) => check)).to.deep.equal(['c', 'e', 'b', 'd', 'a']);
  });

  it('names every alarm of the processor as a finding', () => {
    expect(FINDING_CODES).to.include.members(['input-gap', 'stored-events-differ', 'output-held-back']);
  });
});
