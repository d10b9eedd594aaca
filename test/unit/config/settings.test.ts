import { expect } from 'chai';
import { ConfigError } from '../../../src/config/config-error.ts';
import { loadConfig } from '../../../src/config/config.ts';
import { SETTING_GROUPS, type Setting } from '../../../src/config/settings.ts';

const settings = SETTING_GROUPS.flatMap((group) => group.settings);

const complaintsAbout = (env: Record<string, string>): readonly string[] => {
  try {
    loadConfig(env);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems.map(({ variable }) => variable);
    throw error;
  }
};

const isAccepted = ({ variable }: Setting, value: string): boolean =>
  !complaintsAbout({ [variable]: value }).includes(variable);

describe('The description of the settings', () => {
  it('gives each setting a meaning', () => {
    for (const { variable, meaning } of settings) expect(meaning, variable).to.match(/^[A-Za-z].{10}/);
  });

  it('marks as required the settings that the configuration requires', () => {
    expect(settings.filter(({ isRequired }) => isRequired).map(({ variable }) => variable)).to.have.members(
      complaintsAbout({}),
    );
  });

  it('lists exactly the accepted values', () => {
    const tried = settings.map((setting) => {
      const { variable, values } = setting;
      switch (values.kind) {
        case 'text':
          if (values.pattern === undefined) return values.kind;
          expect('wrong, and too', variable).not.to.match(new RegExp(values.pattern, 'u'));
          expect(isAccepted(setting, 'wrong, and too'), variable).to.be.false;
          return 'pattern';
        case 'choice':
          for (const choice of values.choices) expect(isAccepted(setting, choice), variable).to.be.true;
          expect(isAccepted(setting, 'something else'), variable).to.be.false;
          return values.kind;
        case 'number':
          for (const bound of [values.min, values.max])
            expect(isAccepted(setting, String(bound)), variable).to.be.true;
          for (const beyond of [values.min - 1, values.max + 1])
            expect(isAccepted(setting, String(beyond)), variable).to.be.false;
          return values.kind;
      }
    });
    expect(new Set(tried)).to.have.keys('text', 'pattern', 'choice', 'number');
  });

  it('lists defaults that the configuration accepts', () => {
    const withDefaults = settings.filter(({ byDefault }) => byDefault !== undefined);
    expect(withDefaults).not.to.be.empty;
    for (const setting of withDefaults)
      expect(isAccepted(setting, setting.byDefault!), setting.variable).to.be.true;
  });
});
