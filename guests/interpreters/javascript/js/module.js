// module: createRequire, for ES modules that need CommonJS.
(function (module, builtin) {
  'use strict';

  const { requireOf } = builtin('modules');
  module.exports = {
    createRequire: (from) => requireOf(String(from).startsWith('file:') ? builtin('url').fileURLToPath(from) : String(from)),
    isBuiltin: (name) => /^(node:)?(assert|buffer|crypto|events|fs|os|path|process|stream|stream\/promises|url|util|zlib)$/.test(name),
    builtinModules: ['assert', 'buffer', 'crypto', 'events', 'fs', 'os', 'path', 'process', 'stream', 'stream/promises', 'url', 'util', 'zlib'],
  };
})
