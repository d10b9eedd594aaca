/** Preload this: while the file that USED_UP names exists, no connection can be opened. The file holds the system error code. */
import { existsSync, readFileSync } from 'node:fs';
import { Socket } from 'node:net';

const file = process.env['USED_UP'] ?? '';
const { connect } = Socket.prototype;

/** @param {unknown[]} options */
Socket.prototype.connect = function (...options) {
  if (!existsSync(file)) return Reflect.apply(connect, this, options);
  const code = readFileSync(file, 'utf8');
  process.nextTick(() => this.destroy(Object.assign(new Error(`connect ${code}`), { code })));
  return this;
};
