import { section } from './section.ts';
import { text, wholeNumber } from './variable-types.ts';

export const http = section({
  variables: {
    HTTP_HOST: text().default('0.0.0.0'),
    HTTP_PORT: wholeNumber(0, 65_535).default('8080'),
  },
  meanings: {
    HTTP_HOST: 'address to listen on for health and metrics',
    HTTP_PORT: 'port to listen on for health and metrics; 0 takes any free port',
  },
  secrets: {},
  settings: (values) => ({ host: values.HTTP_HOST, port: values.HTTP_PORT }),
});
