import { createHistoryFileWriter } from '../../avro/history-file-writer.ts';
import { readPolicyVersions } from '../../postgres/replay/policy-versions.ts';
import { onlyChannel } from '../../replay/only-channel.ts';
import type { Cli } from '../frame/cli.ts';
import { id } from '../frame/flags.ts';
import { createProgress } from '../frame/progress.ts';
import { openDatabase } from '../frame/servers.ts';
import { WHERE_HELP, where, type Where } from './range.ts';
import { openTopicSource } from './topic-source.ts';

type ExportOptions = {
  readonly from: Where;
  readonly to: Where;
  readonly channel?: string;
  readonly withEvents?: boolean;
};

export const replayExport = (cli: Cli): void => {
  cli
    .command('export <file>', 'Write commands, as they stand in the topic, into an Avro file', [
      'runclose replay export month.avro --with-events',
      'runclose replay verify --file month.avro',
    ])
    .option('--with-events', 'and the events and dead letters that they led to')
    .option('--from <where>', `begin there: ${WHERE_HELP}`, where, { kind: 'earliest' })
    .option('--to <where>', 'end there (default: committed)', where, { kind: 'committed' })
    .option('--channel <id>', 'this channel only', id)
    .action(
      cli.perform(async (context, path: string, options: ExportOptions) => {
        const { output } = context;
        const config = context.settings('kafka', 'registry', 'database');
        const source = await openTopicSource(context, config);
        const ranges = await source.ranges(options.from, options.to);
        // After the end is known: whatever decided below it is among them.
        const policies = await readPolicyVersions(await openDatabase(context, config));
        const all = source.history(
          ranges,
          options.withEvents === true ? 'with-events' : 'commands-only',
          policies,
        );
        const history = options.channel === undefined ? all : onlyChannel(all, options.channel);

        const writer = createHistoryFileWriter({
          path,
          facts: history.facts,
          writerSchema: (schemaId) => source.writerSchema(schemaId),
        });
        context.onClose(() => writer.abort());
        const total = ranges.reduce((sum, { from, to }) => sum + to - from, 0);
        const progress = createProgress(output, 'exporting', total);
        context.onClose(() => progress.stop());
        for (const version of history.policies) await writer.policy(version);
        let done = 0;
        for await (const steps of history.steps()) {
          for (const step of steps) await writer.step(step);
          done += steps.length;
          progress.set(done);
        }
        const { commands, emitted } = await writer.end();
        progress.stop();
        if (output.json)
          await output.record({ file: path, commands, emitted, policies: history.policies.length });
        else
          await output.line(`${path}: ${String(commands)} commands, ${String(emitted)} records they led to`);
      }),
    );
};
