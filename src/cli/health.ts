import { ConfigError } from '../config/config-error.ts';
import { askHealth } from '../operations/health/ask-health.ts';
import type { Cli } from './frame/cli.ts';
import { EXIT } from './frame/exit-codes.ts';
import type { LineOf } from './json/lines.ts';
import { healthReport } from './json/setting-lines.ts';

const UNKNOWN_PORT =
  'is 0, so the port is known only from the log of `serve`: set HTTP_PORT to the port in that log';

export const health = (cli: Cli): void => {
  cli
    .command('health', 'Check that `serve` on this machine is ready; exit with 1 if it is not', [
      'runclose health',
      'runclose health --live --json',
    ])
    .option('--live', 'check instead that the process is alive')
    .action(
      cli.perform(async ({ settings, output }, { live = false }: { readonly live?: boolean }) => {
        const { http } = settings('http');
        if (http.port === 0) throw new ConfigError([{ variable: 'HTTP_PORT', message: UNKNOWN_PORT }]);
        const probe = live ? 'live' : 'ready';
        const report = await askHealth(http, probe, (answer) => healthReport.safeParse(answer).data ?? null);
        if (output.json) await output.record({ probe, ...report } satisfies LineOf<'health'>);
        else for (const check of report.checks) await output.line(lineOf(check));
        return report.status === 'ok' ? EXIT.done : EXIT.failed;
      }),
    );
};

const lineOf = ({ name, status, detail }: LineOf<'health'>['checks'][number]): string =>
  `${status.padEnd(7)}  ${name}: ${detail}`;
