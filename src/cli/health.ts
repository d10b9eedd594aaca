import { ConfigError } from '../config/config-error.ts';
import type { Cli } from './frame/cli.ts';
import { EXIT } from './frame/exit-codes.ts';
import { askHealth } from './health/ask-health.ts';
import type { LineOf } from './json/lines.ts';

export const health = (cli: Cli): void => {
  cli
    .command('health', 'Ask the serve on this machine whether it is ready; ends with 1 if not', [
      'runclose health',
      'runclose health --live --json',
    ])
    .option('--live', 'ask whether it is alive instead')
    .action(
      cli.perform(async ({ settings, output }, { live = false }: { readonly live?: boolean }) => {
        const { http } = settings('http');
        if (http.port === 0) throw new ConfigError([{ variable: 'HTTP_PORT', message: UNKNOWN_PORT }]);
        const probe = live ? 'live' : 'ready';
        const report = await askHealth(http, probe);
        if (output.json) await output.record({ probe, ...report } satisfies LineOf<'health'>);
        else for (const check of report.checks) await output.line(lineOf(check));
        return report.status === 'ok' ? EXIT.done : EXIT.failed;
      }),
    );
};

const UNKNOWN_PORT = 'is 0, so only the log of `serve` tells the port: set the port that it logs';

const lineOf = ({ name, status, detail }: LineOf<'health'>['checks'][number]): string =>
  `${status.padEnd(7)}  ${name}: ${detail}`;
