// Decodes each record of a stream and logs it.

import { createHash } from "node:crypto";

export const handler = async (event, context) => {
  const regions = {};
  for (const record of event.Records) {
    console.log(`event ${record.eventID} of ${record.eventSourceARN}`);
    const payload = Buffer.from(record.kinesis.data, "base64").toString("utf8");
    const quake = JSON.parse(payload);
    const region = quake.place.split(", ").at(-1);
    regions[region] = (regions[region] ?? 0) + 1;
    const digest = createHash("sha256").update(payload).digest("hex");
    console.info("decoded", { partitionKey: record.kinesis.partitionKey, magnitude: quake.mag, region, digest });
  }
  console.log(`${event.Records.length} records, ${context.getRemainingTimeInMillis()} ms left`);
  return { regions };
};
