import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { openHistoryFile } from '../../src/avro/history-file.ts';
import { loadSchemas } from '../../src/avro/schema-files.ts';
import { frame } from '../../src/wire/frame.ts';
import type { PolicyName } from '../../src/domain/channel-policy.ts';
import type { RunClosed, RunSummary } from '../../src/domain/records.ts';
import { createChannelLedgers } from '../../src/replay/channel-ledgers.ts';
import { createDecider } from '../../src/replay/decider.ts';
import type { EmittedRecord, History, HistoryStep, PolicyVersion } from '../../src/replay/history.ts';
import { reportOf, type VerifyReport } from '../../src/replay/verify/report.ts';
import { verify } from '../../src/replay/verify/verification.ts';
import { claimsInMemory, codec, forget, SCHEMA_IDS } from '../support/replay/recorded.ts';

/**
 * The policies that each version had when it decided its histories. A later version must decide them alike, or say under another policy what
 * it changes.
 */
const RECORDED = {
  '0.1.0': ['fair-share', 'fair-share-weighted', 'least-recent', 'window-count'],
} as const satisfies Readonly<Record<string, readonly PolicyName[]>>;

const folder = (version: string): string => fileURLToPath(new URL(version, import.meta.url));

type Tampering = {
  readonly step?: (step: HistoryStep) => HistoryStep;
  readonly policy?: (version: PolicyVersion) => PolicyVersion;
};

const replayed = async (
  path: string,
  { step = same, policy = same }: Tampering = {},
): Promise<VerifyReport> => {
  const file = await openHistoryFile(path, loadSchemas());
  const policies = file.policies.map(policy);
  const history: History = {
    ...file,
    policies,
    async *steps() {
      for await (const steps of file.steps()) yield steps.map(step);
    },
  };
  const ledgers = createChannelLedgers(policies);
  const decider = createDecider({
    decode: (values) => file.decode(values),
    codec,
    ledgers,
    claims: claimsInMemory(),
  });
  const verification = await verify({
    history,
    decider,
    forget,
    stored: null,
    comparedFrom: new Map(),
    channelId: undefined,
    limit: 5,
    onProgress: () => undefined,
  });
  await file.close();
  return reportOf([{ verification, ledgers: ledgers.all() }], {
    policies,
    snapshot: null,
    topic: history.facts.topic,
    ahead: [],
    channelId: undefined,
    limit: 5,
  });
};

const same = <T>(value: T): T => value;

/** Changes an event of the n-th command that led to one. */
const altering = <E extends object>(
  nth: number,
  kind: 'run.closed' | 'run.summary',
  change: (event: E) => E,
) => {
  let seen = 0;
  return (step: HistoryStep): HistoryStep => {
    if (step.kind !== 'command') return step;
    const emitted = step.emitted.map((each): EmittedRecord => {
      if (each.kind !== kind || each.record.value === null || seen++ !== nth) return each;
      const event = change(codec.readBody(kind, each.record.value.subarray(5)) as E);
      const value = frame(SCHEMA_IDS[kind], codec.encode(kind, event as never));
      return { ...each, record: { ...each.record, value } };
    });
    return { ...step, emitted };
  };
};

for (const [version, policies] of Object.entries(RECORDED)) {
  describe(`The histories that ${version} has decided`, () => {
    it('are of every policy', () => {
      expect(readdirSync(folder(version)).sort()).to.have.members(policies.map((policy) => `${policy}.avro`));
    });

    for (const policy of policies) {
      const path = `${folder(version)}/${policy}.avro`;

      it(`are decided alike today: ${policy}`, async () => {
        const report = await replayed(path);
        expect(report.listed).to.deep.equal([]);
        expect(report).to.deep.include({ commands: 240, channels: 3, divergences: 0 });
        expect(report.outcomes.closed).to.be.above(200);
        expect(report.compared.events).to.equal(2 * report.outcomes.closed + report.outcomes.rejected);
      });

      it(`diverge where one of them was tampered with: ${policy}`, async () => {
        const otherRunner = altering<RunClosed>(100, 'run.closed', (event) => {
          const [, second] = event.fairness.ranking;
          if (second === undefined) throw new Error('two people took part');
          return { ...event, runner: { ...event.runner, userId: second.userId } };
        });
        const otherText = altering<RunSummary>(7, 'run.summary', (event) => ({
          ...event,
          runnerText: `${event.runnerText} `,
        }));
        const oneUnit = altering<RunClosed>(50, 'run.closed', ({ fairness, ...event }) => {
          const [first, ...rest] = fairness.ranking;
          if (first === undefined) throw new Error('somebody took part');
          return {
            ...event,
            fairness: { ...fairness, ranking: [{ ...first, charge: first.charge + 1 }, ...rest] },
          };
        });
        const fields: string[] = [];
        for (const step of [otherRunner, otherText, oneUnit]) {
          const { divergences, listed } = await replayed(path, { step });
          expect(divergences).to.equal(1);
          fields.push(String(listed[0]?.field));
        }
        expect(fields).to.deep.equal(['runner.userId', 'runnerText', 'fairness.ranking[0].charge']);
      });

      it(`diverge under another policy than the one in force: ${policy}`, async () => {
        const other = policy === 'fair-share' ? 'window-count' : 'fair-share';
        const report = await replayed(path, {
          policy: (version) => ({ ...version, policy: { ...version.policy, policy: other } }),
        });
        expect(report.divergences).to.be.above(100);
      });
    }
  });
}
