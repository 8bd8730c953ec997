// zlib: unpacking, which events need (CloudWatch Logs packs its own). There is no packing.
(function (module, builtin, native) {
  'use strict';

  const { Buffer } = builtin('buffer');
  const MAX = 64 * 1024 * 1024;

  function unpack(kinds) {
    return (data, options) => {
      const bytes = typeof data === 'string' ? Buffer.from(data) : data instanceof ArrayBuffer ? new Uint8Array(data) : data;
      for (const kind of kinds(bytes)) {
        const made = native.inflate(kind, bytes, options?.maxOutputLength ?? MAX);
        if (made) return Buffer.from(made.buffer);
      }
      const error = new Error('incorrect header check');
      throw Object.assign(error, { code: 'Z_DATA_ERROR', errno: -3 });
    };
  }

  const GZIP = 0;
  const ZLIB = 1;
  const RAW = 2;
  const sync = {
    gunzip: unpack(() => [GZIP]),
    inflate: unpack(() => [ZLIB]),
    inflateRaw: unpack(() => [RAW]),
    unzip: unpack((bytes) => [bytes[0] === 31 ? GZIP : ZLIB]),
  };
  for (const name of ['gzip', 'deflate', 'deflateRaw', 'brotliCompress', 'brotliDecompress']) {
    sync[name] = () => {
      throw Object.assign(new Error(`zlib.${name} is not available: this interpreter unpacks gzip and deflate only.`), { code: 'ERR_FEATURE_UNAVAILABLE' });
    };
  }
  for (const [name, work] of Object.entries(sync)) {
    module.exports[`${name}Sync`] = work;
    const asked = (data, options, callback = options) => {
      Promise.resolve().then(() => work(data, typeof options === 'object' ? options : undefined))
        .then((value) => callback(null, value), (error) => callback(error));
    };
    module.exports[name] = asked;
  }
  module.exports.constants = {};
})
