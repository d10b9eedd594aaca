/** The chart's settings, by whether `config` or `secrets` may hold them. */
import { SETTING_GROUPS, type Setting } from '../../src/config/settings.ts';

const SECRET = /_(PASSWORD|SECRET|TOKEN|SSL_KEY)$/;

const settings = SETTING_GROUPS.flatMap((group) => group.settings);

/** Everybody who sees the Deployment can read the chart's values. */
export const plainSettings: readonly Setting[] = settings.filter(({ variable }) => !SECRET.test(variable));

export const secretSettings: readonly Setting[] = settings.filter(({ fromFile }) => fromFile !== undefined);

export const fileOf = (variable: string): string => `${variable}_FILE`;

export const requiredSettings: readonly string[] = settings
  .filter(({ isRequired }) => isRequired)
  .map(({ variable }) => variable);

export const defaultsOfSettings: Readonly<Record<string, string>> = Object.fromEntries(
  settings.flatMap(({ variable, byDefault }) => (byDefault === undefined ? [] : [[variable, byDefault]])),
);
