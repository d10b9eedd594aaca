import { SETTING_GROUPS, type Setting, type SettingGroup } from '../../src/config/settings.ts';

/** docs/configuration.md. */
export const configurationPage = (): string => [INTRODUCTION, ...SETTING_GROUPS.map(section)].join('\n\n');

const INTRODUCTION = `<!-- Made from src/config by \`npm run generate\`: do not edit. -->

# Configuration

This page lists every setting of the command \`runclose\`: environment variables, each with its default. A command checks only the settings that
it uses. If settings are wrong, the command names all of them, without their values, and exits with code 78. \`runclose config\` shows the
settings in force. [authentication.md](authentication.md) shows which settings each login needs.

- **An empty variable** counts as unset.
- **From a file**: if the last column says \`yes\`, \`<VARIABLE>_FILE\` may name a file that holds the value, for example
  \`DATABASE_URL_FILE\`. RunClose ignores line ends at the file's end. Set either the variable or its file. RunClose
  reads the file again for each new connection, so you can replace a secret without a restart.
- **PEM**: the variable holds the text itself or the path of a file. In the text, \`\\n\` may stand for a line feed.

If two installations use the same servers, each needs its own \`TOPIC_PREFIX\`, \`KAFKA_GROUP_ID\` and database. On one machine, each
\`serve\` needs its own \`HTTP_PORT\`. For the settings of a channel (policy, window, repeats, admins, reminders), see \`runclose channel set --help\`.`;

const section = ({ title, settings }: SettingGroup): string =>
  [
    `## ${title}`,
    '',
    '| variable | meaning | values | default | from a file |',
    '| --- | --- | --- | --- | --- |',
    ...settings.map(row),
  ].join('\n');

const row = (setting: Setting): string => {
  const { variable, meaning, fromFile } = setting;
  const cells = [`\`${variable}\``, meaning, valuesOf(setting), defaultOf(setting), fromFile ? 'yes' : ''];
  return `| ${cells.join(' | ')} |`;
};

const defaultOf = ({ byDefault, isRequired }: Setting): string => {
  if (isRequired) return '**required**';
  return byDefault === undefined ? '' : `\`${byDefault}\``;
};

const valuesOf = ({ values, fromFile }: Setting): string => {
  switch (values.kind) {
    case 'text':
      return fromFile === 'pem' ? 'PEM' : '';
    case 'choice':
      return values.choices.map((choice) => `\`${choice}\``).join(', ');
    case 'number':
      return `${values.min} to ${values.max}`;
  }
};
