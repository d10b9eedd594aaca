import { withCheckoutDefaults } from '../config/checkout.ts';
import { ConfigError } from '../config/config-error.ts';
import { settingsInForce } from '../operations/config/settings-in-force.ts';
import type { Cli } from './frame/cli.ts';
import type { LineOf } from './json/lines.ts';
import { type Column, table } from './text/table.ts';

const COLUMNS: readonly Column<LineOf<'config'>>[] = [
  { title: 'setting', cell: ({ variable }) => variable },
  { title: 'value', cell: (setting) => valueText(setting) },
  { title: 'from', cell: ({ file, from }) => (file === null ? from : `file ${file}`) },
];

export const config = (cli: Cli): void => {
  cli
    .command('config', 'Show every setting in force and its source, without secrets', [
      'runclose config',
      "runclose config --json | jq -r 'select(.problem) | .variable'",
    ])
    .action(
      cli.perform(async ({ env, output }) => {
        const { settings, problems } = settingsInForce(withCheckoutDefaults(env));
        await output.print({
          json: () => settings satisfies readonly LineOf<'config'>[],
          text: (colors) => table(COLUMNS, settings, colors),
        });
        if (problems.length > 0) throw new ConfigError(problems);
        return undefined;
      }),
    );
};

const valueText = ({ value, from, problem }: LineOf<'config'>): string => {
  if (problem !== null) return '(wrong)';
  return value ?? (from === 'unset' ? '-' : '(secret)');
};
