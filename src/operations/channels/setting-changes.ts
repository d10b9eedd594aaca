import { type ChannelPolicy, DEFAULT_CHANNEL_POLICY } from '../../domain/channel-policy.ts';

export type Setting = Exclude<keyof ChannelPolicy, 'version'>;

export type SettingChange = {
  readonly setting: Setting;
  readonly from: ChannelPolicy[Setting];
  readonly to: ChannelPolicy[Setting];
};

export const changesBetween = (before: ChannelPolicy, after: ChannelPolicy): readonly SettingChange[] =>
  SETTINGS.map((setting) => ({ setting, from: before[setting], to: after[setting] })).filter(
    ({ from, to }) => JSON.stringify(from) !== JSON.stringify(to),
  );

/** In the order of the help. */
export const SETTINGS = Object.keys(DEFAULT_CHANNEL_POLICY).filter(
  (key): key is Setting => key !== 'version',
);
