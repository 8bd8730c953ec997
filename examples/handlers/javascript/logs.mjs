// Unpacks what a subscription of CloudWatch Logs puts into a stream, and logs each of its lines.

import { promisify } from "node:util";
import zlib from "node:zlib";

const gunzip = promisify(zlib.gunzip);

export const handler = async (event) => {
  const groups = {};
  for (const record of event.Records) {
    const unpacked = await gunzip(Buffer.from(record.kinesis.data, "base64"));
    const { messageType, logGroup, logStream, logEvents } = JSON.parse(unpacked.toString("utf8"));
    // CloudWatch Logs looks now and then whether the stream is there.
    if (messageType === "CONTROL_MESSAGE") continue;
    for (const { timestamp, message } of logEvents) {
      console.log(`${logGroup}/${logStream} ${new Date(timestamp).toISOString()} ${message}`);
    }
    groups[logGroup] = (groups[logGroup] ?? 0) + logEvents.length;
  }
  return { groups };
};
