// Answers through a callback once all records were looked at, one after the other.

exports.handler = (event, context, callback) => {
  const sizes = [];
  const next = () => {
    if (sizes.length === event.Records.length) {
      callback(null, { request: context.awsRequestId, bytes: sizes.reduce((sum, size) => sum + size, 0) });
      return;
    }
    const record = event.Records[sizes.length];
    sizes.push(Buffer.byteLength(record.kinesis.data, "base64"));
    setTimeout(next, 5);
  };
  next();
};
