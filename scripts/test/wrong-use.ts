/** Somebody asked for what does not exist. The message says what exists instead. */
export class WrongUse extends Error {
  override readonly name = 'WrongUse';
}
