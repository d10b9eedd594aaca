import { kafka } from './kafka.ts';
import { section } from './section.ts';

/** The group alone, for commands that need its name and no broker. */
export const group = section({
  variables: { KAFKA_GROUP_ID: kafka.variables.KAFKA_GROUP_ID },
  meanings: { KAFKA_GROUP_ID: kafka.meanings.KAFKA_GROUP_ID },
  secrets: {},
  settings: (values) => ({ id: values.KAFKA_GROUP_ID }),
});
