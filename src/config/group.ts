import { kafka } from './kafka.ts';
import { section } from './section.ts';

/** The group alone, for what concerns its name and asks no broker. */
export const group = section({
  variables: { KAFKA_GROUP_ID: kafka.variables.KAFKA_GROUP_ID },
  meanings: { KAFKA_GROUP_ID: kafka.meanings.KAFKA_GROUP_ID },
  secrets: {},
  settings: (values) => ({ id: values.KAFKA_GROUP_ID }),
});
