// Assertions that the sections share, beside those of node:assert.

import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";

// A wakeful peer acts this long after the blocking command was sent; long enough that it is parked by then.
export const PEER_DELAY_MS = 100;

export const { deepEqual: equal, ok, match, rejects } = assert;
export { sleep };

export function between(number, least, most) {
  assert.ok(number >= least && number <= most, `got ${number}, wanted ${least} to ${most}`);
}

// A floating-point number (often as text), but for rounding.
export function near(number, wanted) {
  between(Number(number), wanted - 1e-3 * Math.max(1, Math.abs(wanted)), wanted + 1e-3 * Math.max(1, Math.abs(wanted)));
}

// Replies whose order the server may choose.
export function sameMembers(got, wanted) {
  assert.deepEqual([...got].sort(), [...wanted].sort());
}

// Runs a blocking command and, once it is parked, what wakes it; returns the command's reply.
export async function woken(blocking, wake) {
  const begin = performance.now();
  const reply = blocking();
  reply.catch(() => {}); // reported where it is awaited
  await sleep(PEER_DELAY_MS);
  await wake();
  const value = await reply;
  between(performance.now() - begin, PEER_DELAY_MS - 20, Infinity);
  return value;
}

// The members of a flat list, two by two.
export function pairs(flat) {
  return Array.from({ length: flat.length / 2 }, (_, index) => flat.slice(2 * index, 2 * index + 2));
}

// 0 to count - 1.
export function range(count) {
  return Array.from({ length: count }, (_, index) => index);
}
