import { runServe, type ServeOptions } from '../operations/serve/run-serve.ts';
import { EXIT, exitCodeOf } from './frame/exit-codes.ts';
import type { AddCommand } from './frame/run.ts';
import { createPrettyLog } from './serve/pretty-log.ts';

export const createServe =
  (options: ServeOptions = {}): AddCommand =>
  (cli) => {
    cli
      .command('serve', 'Run the processor until SIGTERM, then drain', [
        'runclose serve',
        'KAFKA_GROUP_ID=runclose-blue HTTP_PORT=8081 LOG_LEVEL=debug runclose serve',
      ])
      .action(
        cli.perform(async (context) => {
          const { json, onScreen, colors } = context.output;
          const terminal = { isThere: onScreen, pretty: createPrettyLog(colors) };
          const end = await runServe(context, { ...(!json && { terminal }), ...options });
          if (end.kind === 'failed') return exitCodeOf(end.failure);
          return end.isDrained ? EXIT.done : EXIT.failed;
        }),
      );
  };
