import { InvalidArgumentError } from 'commander';

/** Parses the name of a topic, by Kafka's rules. */
export const topicName = (value: string): string => {
  if (!/^[A-Za-z0-9._-]{1,249}$/.test(value) || value === '.' || value === '..')
    throw new InvalidArgumentError(
      'The name of a topic has 1 to 249 letters, digits, ".", "_" or "-", and is not "." or "..".',
    );
  return value;
};
