import { kafka } from './kafka.ts';
import { section } from './section.ts';

/** Only the group's name, for commands that need no broker. */
export const group = section({
  variables: { KAFKA_GROUP_ID: kafka.variables.KAFKA_GROUP_ID },
  meanings: { KAFKA_GROUP_ID: kafka.meanings.KAFKA_GROUP_ID },
  secrets: {},
  settings: (values) => ({ id: values.KAFKA_GROUP_ID }),
});
