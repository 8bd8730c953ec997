// Counts the records of each region in a tumbling window, and tells the counts when it ends.
"use strict";

exports.handler = async (event) => {
  const state = event.state ?? {};
  for (const record of event.Records) {
    const quake = JSON.parse(Buffer.from(record.kinesis.data, "base64").toString("utf8"));
    const region = quake.place.split(", ").at(-1);
    state[region] = (state[region] ?? 0) + 1;
  }
  if (event.isWindowTerminatedEarly) {
    console.log(`window of ${event.shardId} ended early: it goes on in another one`);
  }
  if (event.isFinalInvokeForWindow) {
    console.log(`from ${event.window.start} to ${event.window.end}: ${JSON.stringify(state)}`);
  }
  return { state };
};
