import { registerCommands, registerStrangers } from '../world/registry-contents.ts';
import type { Fault } from './fault.ts';

export const killRegistry: Fault = {
  kind: 'kill-registry',
  title: 'registry killed, back empty and with other ids',
  runs: 'alone',
  inject: async ({ registry, registryUrl, commandSchemaId, partitions, setUp, pause }, random) => {
    await registry.kill('SIGKILL');
    await pause(3 * random.next());
    await registry.start();
    await pause(2 * random.next());
    const id = await registerCommands(registryUrl);
    if (id !== commandSchemaId)
      throw new Error(`the registry gives commands the id ${id}, not ${commandSchemaId}`);
    await registerStrangers(registryUrl, random.between(1, 9));
    await setUp(partitions);
  },
};
