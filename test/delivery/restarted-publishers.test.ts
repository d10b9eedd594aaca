import { runPublishers } from '../../scripts/chaos/clients/run-publishers.ts';
import { describeClients } from '../support/chaos-clients.ts';

describeClients(
  'Publishers that are restarted while they wait, as are serve and the broker',
  'get the one right answer to each command in the end',
  { commands: 200, instances: 5, run: runPublishers },
);
