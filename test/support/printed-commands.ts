import { runcloseHere } from './command-line.ts';
import { runKafkaScript } from './kafka-tools.ts';

/** Runs a command that the product has printed, as an operator would who copies it. Its words must need no quotes. */
export const runPrinted = async (command: string, env: Readonly<Record<string, string>>): Promise<void> => {
  const words = command.split(' ');
  const [first = ''] = words;
  const setting = /^([A-Z_]+)=(.*)$/.exec(first);
  const more = setting === null ? {} : { [setting[1] ?? '']: setting[2] ?? '' };
  const [program = '', ...args] = setting === null ? words : words.slice(1);
  if (program === 'runclose') {
    const { exitCode, stderr } = await runcloseHere(args, { env: { ...env, ...more } });
    if (exitCode !== 0) throw new Error(`${command} ended with ${String(exitCode)}: ${stderr}`);
  } else if (program === 'curl') {
    const [, method = 'GET', url = ''] = args;
    const { status } = await fetch(url, { method });
    if (status !== 200) throw new Error(`${command} was answered with ${String(status)}`);
  } else {
    await runKafkaScript(program, args);
  }
};
