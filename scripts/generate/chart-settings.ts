/** The chart's settings, by whether `config` or `secrets` may hold them. */
import { SETTING_GROUPS, type Setting } from '../../src/config/settings.ts';
import { settingsReadBy } from './command-settings.ts';

const SECRET = /_(PASSWORD|SECRET|TOKEN|SSL_KEY|OTLP_HEADERS|TRACES_HEADERS)$/;

const settings = SETTING_GROUPS.flatMap((group) => group.settings);

/** Everybody who sees the Deployment can read the chart's values. */
export const plainSettings: readonly Setting[] = settings.filter(({ variable }) => !SECRET.test(variable));

/** The values of these settings must not be in the Deployment. */
export const hiddenSettings: readonly Setting[] = settings.filter(({ variable }) => SECRET.test(variable));

export const secretSettings: readonly Setting[] = settings.filter(({ fromFile }) => fromFile !== undefined);

export const isUrl = ({ values }: Setting): boolean =>
  values.kind === 'text' && values.pattern?.includes(':\\/\\/') === true;

/** Settings that hold URLs: these may have a password in them. */
export const urlSettings: readonly Setting[] = settings.filter(isUrl);

export type Range = { readonly min: number; readonly max: number };

/** Undefined if the setting is no number. */
export const rangeOf = ({ variable, values }: Setting): Range | undefined => {
  if (values.kind !== 'number') return undefined;
  // The Service needs the port.
  return { min: variable === 'HTTP_PORT' ? Math.max(1, values.min) : values.min, max: values.max };
};

export const rangesOfSettings: Readonly<Record<string, Range>> = Object.fromEntries(
  settings.flatMap((setting) => {
    const range = rangeOf(setting);
    return range === undefined ? [] : [[setting.variable, range]];
  }),
);

/** The commands that the chart's pods run, and the file of each in src/cli. */
const COMMANDS = {
  serve: 'serve.ts',
  setup: 'setup.ts',
  purge: 'purge.ts',
  'replay verify': 'replay/verify.ts',
  status: 'status.ts',
} as const;

/** For each command, the settings that it never reads. */
export const settingsUnreadBy: Readonly<Record<string, readonly string[]>> = Object.fromEntries(
  Object.entries(COMMANDS).map(([command, file]) => {
    const read = settingsReadBy(file);
    return [command, settings.map(({ variable }) => variable).filter((variable) => !read.includes(variable))];
  }),
);

export const fileOf = (variable: string): string => `${variable}_FILE`;

export const requiredSettings: readonly string[] = settings
  .filter(({ isRequired }) => isRequired)
  .map(({ variable }) => variable);

export const defaultsOfSettings: Readonly<Record<string, string>> = Object.fromEntries(
  settings.flatMap(({ variable, byDefault }) => (byDefault === undefined ? [] : [[variable, byDefault]])),
);
