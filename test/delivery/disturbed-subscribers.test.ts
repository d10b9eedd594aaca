import { runSubscribers } from '../../scripts/chaos/clients/run-subscribers.ts';
import { describeClients } from '../support/chaos-clients.ts';

describeClients(
  'Subscribers that are killed, paused, rebalanced and started late',
  'handle every event, in the order of its channel',
  { commands: 200, instances: 3, run: runSubscribers },
);
