import { ALERTS, anchorOf } from './alerts.ts';

/** helm/runclose/files/alerts.json: the rules of the PrometheusRule. The template replaces the words in @…@. */
export const chartAlerts = (): string =>
  JSON.stringify(
    ALERTS.map(({ name, severity, expr, for: holds, summary, description }) => ({
      alert: name,
      expr,
      ...(holds !== undefined && { for: holds }),
      labels: { severity },
      annotations: { summary, description, runbook_url: `@RUNBOOK@#${anchorOf(name)}` },
    })),
  );
