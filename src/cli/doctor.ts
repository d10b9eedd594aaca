import { Option } from 'commander';
import { refuseToOverwrite, writeBundle } from '../operations/doctor/bundle.ts';
import { type Diagnosis, diagnose, mend } from '../operations/doctor/doctor.ts';
import type { Finding } from '../operations/doctor/findings.ts';
import { wrongUse } from '../processor/failure.ts';
import { count } from '../domain/words/count.ts';
import { LOGIN_ROLES, type LoginRole } from '../operations/doctor/login-roles.ts';
import type { Cli } from './frame/cli.ts';
import { EXIT } from './frame/exit-codes.ts';
import type { LineOf } from './json/lines.ts';
import { findingText } from './doctor/finding-text.ts';
import { healthReport } from './json/setting-lines.ts';

type DoctorFlags = {
  readonly role: LoginRole;
  readonly fix?: boolean;
  readonly yes?: boolean;
  readonly bundle?: string;
};

export const doctor = (cli: Cli): void => {
  cli
    .command(
      'doctor',
      'Examine the whole installation, and say how to mend each fault; exit with 2 if there is one',
      ['runclose doctor', 'runclose doctor --fix --yes'],
    )
    .addOption(
      new Option('--role <role>', 'whose rights in Kafka the login of these settings should have')
        .choices(LOGIN_ROLES)
        .default('processor'),
    )
    .option('--fix', 'run `runclose setup` if it mends a fault; needs --yes, and the login of the owner')
    .option('--yes', 'with --fix, run `runclose setup` (default: only say whether it would run)')
    .option(
      '--bundle <file>',
      'also write all that a helper needs into this new file: findings, versions, settings without secrets, topics, leases, metrics',
    )
    .action(
      cli.perform(async (context, { role, fix = false, yes = false, bundle }: DoctorFlags) => {
        if (yes && !fix) throw wrongUse('--yes needs --fix');
        if (bundle !== undefined) await refuseToOverwrite(bundle);
        const { output } = context;
        const diagnosis = fix && yes ? await mend(context, role) : await diagnose(context, role);
        const { findings } = diagnosis;
        for (const finding of findings) {
          await output.print({
            json: () => lineOf(finding),
            text: (colors) => findingText(finding, colors).join('\n'),
          });
        }
        for (const note of [...notesOn(diagnosis), ...(fix && !yes ? dryNotes(diagnosis) : [])])
          output.note(note);
        if (bundle !== undefined) {
          const readHealth = (answer: unknown) => healthReport.safeParse(answer).data ?? null;
          await writeBundle(context, { path: bundle, env: context.env, findings, readHealth });
          output.note(`Wrote ${bundle}: it has no secrets and no personal data.`);
        }
        return findings.some(({ status }) => status === 'fault') ? EXIT.differences : EXIT.done;
      }),
    );
};

const lineOf = ({ isHarmless, ...finding }: Finding): LineOf<'doctor'> => ({
  ...finding,
  fixable: isHarmless,
  runbook: finding.code === null ? null : `docs/runbook.md#${finding.code}`,
});

const notesOn = ({ findings, changes, fixFailed }: Diagnosis): readonly string[] => {
  const faults = findings.filter(({ status }) => status === 'fault').length;
  return [
    ...changes.map(({ server, change }) => `Changed ${server}: ${change}`),
    ...(fixFailed === null ? [] : [`runclose setup failed: ${fixFailed}`]),
    faults === 0 ? 'No fault.' : `${count(faults, 'fault')}.`,
  ];
};

const dryNotes = ({ findings }: Diagnosis): readonly string[] =>
  findings.some(({ isHarmless }) => isHarmless)
    ? ['Would run: runclose setup. To do so: runclose doctor --fix --yes']
    : ['There is nothing that --fix could mend.'];
