import { SETTING_GROUPS, type Setting, type SettingGroup } from '../../src/config/settings.ts';

/** docs/configuration.md. */
export const configurationPage = (): string => [INTRODUCTION, ...SETTING_GROUPS.map(section)].join('\n\n');

const INTRODUCTION = `<!-- Made from src/config by \`npm run generate\`: do not edit. -->

# Configuration

Every command reads its settings from environment variables, and only those of the servers that it talks to. It names all mistakes at once,
never with a value, and ends with 78.

- **An empty variable** counts as unset.
- **From a file**: if the last column says \`yes\`, \`<VARIABLE>_FILE\` may name a file that holds the value, for example
  \`DATABASE_URL_FILE\`. Line ends at the file's end do not count. Set either the variable or its file. The file
  is read again for each new connection, so a secret can be replaced without a restart.
- **PEM**: the variable holds the text itself, where \`\\n\` may stand for a line feed, or the path of a file.

Two installations on the same servers need each its own \`TOPIC_PREFIX\`, \`KAFKA_GROUP_ID\` and database, and on one machine its own
\`HTTP_PORT\`. What a channel sets for itself (policy, window, repeats, admins, reminders) is not here: see \`runclose channel set --help\`.`;

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
