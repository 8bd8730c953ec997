// Greets each record. Lines that begin with `#` are left out.

import { get } from 'shardmill:guest/config@0.1.0';
import { write } from 'shardmill:guest/log@0.1.0';
import type { Batch, Reply } from 'shardmill:guest/types@0.1.0';

import { decode, encode } from '../sdk/typescript/text';

export const transformer = {
  handle(batch: Batch): Reply {
    const greeting = get('GREETING') || 'hello';
    const reply: Reply = { emits: [], outcomes: [] };
    batch.records.forEach(({ data, partitionKey }, index) => {
      const text = decode(data);
      if (text.startsWith('#')) {
        reply.outcomes.push({ index, disposition: { tag: 'dropped', val: 'a comment' } });
      } else {
        reply.emits.push({ index, partitionKey, data: encode(`${greeting}, ${text}`), attributes: [] });
      }
    });
    write('debug', `${reply.emits.length} of ${batch.records.length} records go out`);
    return reply;
  },
};
