// Greets who is named by the event.

import type { Context, Failure } from 'shardmill:guest/lambda@0.1.0';

import { decode, encode } from '../sdk/typescript/text';

export const lambda = {
  handle(event: Uint8Array, _context: Context): Uint8Array {
    const { name } = JSON.parse(decode(event));
    if (typeof name !== 'string') {
      const failure: Failure = { errorType: 'NoName', message: 'the event has no `name`', stack: [], extra: [] };
      throw failure;
    }
    return encode(JSON.stringify({ greeting: `hello, ${name}` }));
  },
};
