import { Option } from 'commander';
import { count } from '../domain/words/count.ts';
import { ALL_PARTS, type Names, PARTS } from '../operations/rights/principals.ts';
import { RIGHTS_FORMATS, type RightsFormat, rightsTexts } from '../operations/rights/rights-texts.ts';
import { setUp } from '../operations/setup/set-up.ts';
import type { Cli } from './frame/cli.ts';
import { EXIT } from './frame/exit-codes.ts';
import { wrongUse } from '../processor/failure.ts';
import type { Output } from './frame/output.ts';
import { plaintextWarning } from '../operations/servers/plaintext-warning.ts';
import type { LineOf } from './json/lines.ts';
import { named } from './setup/principal-flag.ts';

type SetupFlags = {
  readonly repartition?: boolean;
  /** True if the flag is given without a format. */
  readonly printRights?: RightsFormat | true;
  readonly principal?: Names;
};

export const setup = (cli: Cli): void => {
  cli
    .command('setup', 'Create topics, register schemas and migrate Postgres; safe to run again', [
      'runclose setup',
      'runclose setup --print-rights kafka-acls --principal processor=runclose-prod',
    ])
    .addOption(
      new Option(
        '--repartition',
        'add partitions to topics in use: outputs first, the input last (TOPIC_PARTITIONS)',
      ).conflicts('printRights'),
    )
    .addOption(
      new Option(
        '--print-rights [format]',
        'only print the least rights that work, as kafka-acls, strimzi or sql (default: all); connects to no server',
      ).choices(RIGHTS_FORMATS),
    )
    .option(
      '--principal <part=name>',
      `with --print-rights: the name of one part in your installation; repeatable (default: every part, under its own name). The parts: ${PARTS.join(', ')}`,
      named,
    )
    .action(
      cli.perform(async (context, { repartition = false, printRights: format, principal }: SetupFlags) => {
        const { output } = context;
        if (format !== undefined) {
          const formats = format === true ? RIGHTS_FORMATS : [format];
          await printRights(output, rightsTexts(context.settings('group'), principal ?? ALL_PARTS), formats);
          return EXIT.done;
        }
        if (principal !== undefined) throw wrongUse('--principal needs --print-rights');
        const config = context.settings('kafka', 'registry', 'database');
        const plaintext = plaintextWarning(config);
        if (plaintext !== null) output.note(`Warning: ${plaintext}.`);
        const { changes, tooFewPartitions } = await setUp(
          context,
          config,
          repartition ? 'repartition' : 'never',
        );
        for (const it of changes) {
          await output.print({
            json: () => it satisfies LineOf<'setup'>,
            text: () => `${it.server.padEnd(8)}  ${it.change}`,
          });
        }
        for (const { topic, wanted, actual } of await tooFewPartitions()) {
          output.note(
            `${topic} has ${actual} of ${count(Number(wanted), 'partition')}; to add them: runclose setup --repartition`,
          );
        }
        output.note(changes.length === 0 ? 'Nothing to change.' : 'All is set up. Next: runclose serve');
        return EXIT.done;
      }),
    );
};

const printRights = async (
  output: Output,
  texts: ReturnType<typeof rightsTexts>,
  formats: readonly RightsFormat[],
): Promise<void> => {
  for (const format of formats) {
    if (formats.length > 1 && !output.json) output.note(`As ${format}:`);
    const text = texts[format].join('\n');
    await output.print({
      json: () => ({ format, text }) satisfies LineOf<'setup'>,
      text: () => `${text}\n`,
    });
  }
};
