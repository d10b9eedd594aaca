import { loadSchemas } from '../../../src/avro/schema-files.ts';

/** Magic byte and schema id. */
export const FRAME_LENGTH = 5;

export const schemas = loadSchemas();
