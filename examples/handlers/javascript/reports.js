// Names the first record that cannot be handled: all before it are done, and it and those behind it come again.
"use strict";

function handle(data) {
  const quake = JSON.parse(Buffer.from(data, "base64").toString());
  if (typeof quake.mag !== "number") {
    throw new TypeError("an earthquake has a magnitude");
  }
  console.log(`magnitude ${quake.mag}: ${quake.place}`);
}

exports.handler = async (event) => {
  for (const record of event.Records) {
    try {
      handle(record.kinesis.data);
    } catch (error) {
      console.error("record", record.kinesis.sequenceNumber, "cannot be handled:", error.message);
      return { batchItemFailures: [{ itemIdentifier: record.kinesis.sequenceNumber }] };
    }
  }
  return { batchItemFailures: [] };
};
