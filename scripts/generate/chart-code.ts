import { EXIT } from '../../src/cli/frame/exit-codes.ts';
import { topicNames } from '../../src/kafka/names/topic-names.ts';
import {
  defaultsOfSettings,
  hiddenSettings,
  rangesOfSettings,
  requiredSettings,
  secretSettings,
  settingsUnreadBy,
  urlSettings,
} from './chart-settings.ts';

/** helm/runclose/files/code.json: facts about the program that the templates need. */
export const chartCode = (): string =>
  JSON.stringify({
    paths: { live: '/health/live', ready: '/health/ready', metrics: '/metrics' },
    inputTopic: topicNames().requested,
    exitCodesOfNoUse: [EXIT.wrongUse, EXIT.wrongConfiguration],
    required: requiredSettings,
    mayBeSecret: secretSettings.map(({ variable }) => variable),
    hidden: hiddenSettings.map(({ variable }) => variable),
    urls: urlSettings.map(({ variable }) => variable),
    defaults: defaultsOfSettings,
    ranges: rangesOfSettings,
    unread: settingsUnreadBy,
  });
