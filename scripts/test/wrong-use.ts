/** A requested thing does not exist. The message says what exists. */
export class WrongUse extends Error {
  override readonly name = 'WrongUse';
}
