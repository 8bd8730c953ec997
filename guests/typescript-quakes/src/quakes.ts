// Earthquakes worth knowing: a function on a stream of the U.S. Geological Survey's events, one JSON object a record,
// as in `examples/earthquakes`. `guests/rust-quakes` does the same, and its README tells what goes out.

import { get } from 'shardmill:guest/config@0.1.0';
import { write } from 'shardmill:guest/log@0.1.0';
import type { Batch, Event, Failure, Reply } from 'shardmill:guest/types@0.1.0';

import { encode } from '../../../sdk/typescript/text';

import { alert } from './alert';
import { Malformed, type Quake, read } from './event';

/** From here on people far away feel it; it is worth a line in the log. */
const NOTABLE_MAGNITUDE = 6;

/** What the function's environment says. */
interface Settings {
  minMagnitude: number;
  isStrict: boolean;
}

/** Ends the call: the batch as a whole failed, for this reason. */
function refuse(why: string): never {
  const failure: Failure = { tag: 'failed', val: why };
  throw failure;
}

function settings(): Settings {
  const magnitude = get('MIN_MAGNITUDE') || '2.5';
  const strict = get('STRICT') || 'false';
  // `Number` takes spaces, hexadecimal digits and nothing at all for numbers, too.
  if (!/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(magnitude)) {
    refuse(`variable MIN_MAGNITUDE is \`${magnitude}\`: that is no number`);
  }
  if (strict !== 'true' && strict !== 'false') {
    refuse(`variable STRICT is \`${strict}\`: that is neither \`true\` nor \`false\``);
  }
  return { minMagnitude: Number(magnitude), isStrict: strict === 'true' };
}

/** The quake in a record; if there is none, says so in the reply. */
function quakeOf(record: Event, index: number, isStrict: boolean, reply: Reply): Quake | undefined {
  try {
    return read(record.data);
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    write('warn', `record ${record.sequence}: ${error.message}`);
    reply.outcomes.push({ index, disposition: { tag: isStrict ? 'failed' : 'dropped', val: error.message } });
    return undefined;
  }
}

function one(record: Event, index: number, given: Settings, reply: Reply) {
  const quake = quakeOf(record, index, given.isStrict, reply);
  if (quake === undefined) return;
  if (quake.magnitude < given.minMagnitude) {
    reply.outcomes.push({ index, disposition: { tag: 'dropped', val: 'magnitude below the minimum' } });
    return;
  }
  const { key, json, summary } = alert(quake);
  if (quake.magnitude >= NOTABLE_MAGNITUDE) write('info', summary);
  reply.emits.push({ index, partitionKey: key, data: encode(json), attributes: [] });
}

export const transformer = {
  handle(batch: Batch): Reply {
    const given = settings();
    const reply: Reply = { emits: [], outcomes: [] };
    batch.records.forEach((record, index) => one(record, index, given, reply));
    const counts = `${reply.emits.length} of ${batch.records.length} events`;
    write('debug', `${counts} have magnitude ${given.minMagnitude} or more`);
    return reply;
  },
};
