// Modules: those of the function's package, as CommonJS and as ES modules, and those that Node brings along.
(function (module, builtin, native, state) {
  'use strict';

  const path = builtin('path');

  /** Node's own, by the name of the file here that has them. */
  const NODE = new Map(Object.entries({
    assert: 'assert', 'assert/strict': 'assert', buffer: 'buffer', console: 'console', crypto: 'crypto', events: 'events',
    fs: 'fs', 'fs/promises': 'fs', module: 'module', os: 'os', path: 'path', 'path/posix': 'path', perf_hooks: 'os',
    process: 'process', punycode: null, querystring: 'querystring', string_decoder: 'string_decoder', timers: 'timers',
    'timers/promises': 'timers', url: 'url', util: 'util', 'util/types': 'util', zlib: 'zlib',
    async_hooks: null, child_process: null, cluster: null, dgram: null, dns: null, 'dns/promises': null,
    diagnostics_channel: null, http: null, http2: null, https: null, inspector: null, net: null, readline: null, repl: null,
    stream: 'stream', 'stream/promises': 'stream', sqlite: null, test: null, tls: null, tty: null, v8: null, vm: null,
    wasi: null, worker_threads: null,
  }));
  const PARTS = {
    'stream/promises': (it) => it.promises,
    'fs/promises': (it) => it.promises, 'timers/promises': (it) => it.promises, 'util/types': (it) => it.types,
    console: (it) => it.console, perf_hooks: () => ({ performance }), 'assert/strict': (it) => it.strict,
    os: (it) => it,
  };
  const NETWORK = ['dgram', 'dns', 'dns/promises', 'http', 'http2', 'https', 'net', 'tls'];

  const SDK = /^(aws-sdk|@aws-sdk\/.*|@smithy\/.*)$/;
  const INSTEAD = 'is not there, and would reach no network: records come with the event, and what a function answers goes ' +
    'where its mapping says. Use a component of the world `transform` to put records into streams.';

  let files = new Map();
  const loaded = new Map();
  const imported = new Map();
  const packages = new Map();

  function take(given) {
    files = new Map(Object.entries(given).map(([name, bytes]) => [path.join(state.root, name), bytes]));
  }

  const text = (file) => native.decode(files.get(file), false).replace(/^\ufeff/, '');
  const isFolder = (folder) => [...files.keys()].some((name) => name.startsWith(`${folder}/`));

  function missing(name, from, code = 'MODULE_NOT_FOUND') {
    const what = code === 'MODULE_NOT_FOUND' || /^[./]/.test(name) ? 'module' : 'package';
    let said = `Cannot find ${what} '${name}'`;
    if (SDK.test(name)) said += `: the SDK ${INSTEAD}`;
    const error = new Error(code === 'MODULE_NOT_FOUND' ? `${said}\nRequire stack:\n- ${from}` : `${said} imported from ${from}`);
    error.code = code;
    if (code === 'MODULE_NOT_FOUND') error.requireStack = [from];
    return error;
  }

  /** The name of one of Node's own modules, without its prefix; null if it is none. */
  function node(name) {
    const bare = name.startsWith('node:') ? name.slice(5) : name;
    if (NODE.has(bare)) return bare;
    if (name === bare) return null;
    throw Object.assign(new Error(`No such built-in module: ${name}`), { code: 'ERR_UNKNOWN_BUILTIN_MODULE' });
  }

  function nodeModule(name) {
    const from = NODE.get(name);
    if (from === null) {
      const why = NETWORK.includes(name) ? 'a function of this server has no network' : 'it is not part of this interpreter';
      throw Object.assign(new Error(`The module '${name}' is not available: ${why}.`), { code: 'ERR_MODULE_NOT_AVAILABLE' });
    }
    const part = PARTS[name];
    return part ? part(builtin(from)) : builtin(from);
  }

  /** What `package.json` of a folder says; an empty object if there is none. */
  function described(folder) {
    if (!packages.has(folder)) {
      const file = `${folder}/package.json`;
      let said = {};
      if (files.has(file)) {
        try {
          said = JSON.parse(text(file));
        } catch (error) {
          throw Object.assign(new Error(`Error parsing ${file}: ${error.message}`), { code: 'ERR_INVALID_PACKAGE_CONFIG' });
        }
      }
      packages.set(folder, said);
    }
    return packages.get(folder);
  }

  /** The folder of the nearest `package.json`. */
  function scope(file) {
    for (let folder = path.dirname(file); ; folder = path.dirname(folder)) {
      if (files.has(`${folder}/package.json`)) return folder;
      if (folder === '/' || folder.endsWith('/node_modules')) return null;
    }
  }

  function isEsModule(file) {
    if (file.endsWith('.mjs')) return true;
    if (!file.endsWith('.js')) return false;
    const folder = scope(file);
    return folder !== null && described(folder).type === 'module';
  }

  function asFile(name) {
    return [name, `${name}.js`, `${name}.json`, `${name}.cjs`, `${name}.mjs`].find((it) => files.has(it));
  }

  function asFolder(name) {
    if (!isFolder(name)) return undefined;
    const { main } = described(name);
    const fromMain = typeof main === 'string' ? asFile(path.join(name, main)) ?? asFile(path.join(name, main, 'index')) : undefined;
    return fromMain ?? asFile(`${name}/index`);
  }

  /** What a value of `exports` leads to under these conditions. */
  function target(value, conditions, star = '') {
    if (typeof value === 'string') return value.replaceAll('*', star);
    if (Array.isArray(value)) {
      for (const one of value) {
        const found = target(one, conditions, star);
        if (found) return found;
      }
      return undefined;
    }
    for (const [condition, inner] of Object.entries(value ?? {})) {
      if (!conditions.includes(condition)) continue;
      const found = target(inner, conditions, star);
      if (found) return found;
    }
    return undefined;
  }

  function mapped(map, key, conditions) {
    if (Object.hasOwn(map, key)) return target(map[key], conditions);
    for (const pattern of Object.keys(map).filter((it) => it.includes('*')).sort((a, b) => b.length - a.length)) {
      const [head, tail] = pattern.split('*');
      if (key.startsWith(head) && key.endsWith(tail) && key.length >= head.length + tail.length) {
        return target(map[pattern], conditions, key.slice(head.length, key.length - tail.length));
      }
    }
    return undefined;
  }

  function exported(folder, subpath, conditions) {
    const { exports } = described(folder);
    const isMap = typeof exports === 'object' && !Array.isArray(exports) && Object.keys(exports).some((it) => it.startsWith('.'));
    const found = mapped(isMap ? exports : { '.': exports }, subpath, conditions);
    if (!found || !files.has(path.join(folder, found))) {
      const said = subpath === '.' ? 'No "exports" main defined' : `Package subpath '${subpath}' is not defined by "exports"`;
      throw Object.assign(new Error(`${said} in ${folder}/package.json`), { code: 'ERR_PACKAGE_PATH_NOT_EXPORTED' });
    }
    return path.join(folder, found);
  }

  /** A file in `node_modules`, looked for from the folder upwards. */
  function inPackages(name, from, conditions) {
    const [, base, rest] = /^((?:@[^/]+\/)?[^/]+)(.*)$/.exec(name) ?? [];
    if (!base) return undefined;
    for (let folder = from; ; folder = path.dirname(folder)) {
      const at = path.join(folder, 'node_modules', base);
      if (!folder.endsWith('/node_modules') && isFolder(at)) {
        if (described(at).exports !== undefined) return exported(at, `.${rest}`, conditions);
        return rest ? asFile(at + rest) ?? asFolder(at + rest) : asFolder(at);
      }
      if (folder === '/') return undefined;
    }
  }

  function find(name, from, conditions) {
    const folder = path.dirname(from);
    if (name.startsWith('#')) {
      const at = scope(from);
      const found = at && mapped(described(at).imports ?? {}, name, conditions);
      if (found) return found.startsWith('.') ? path.join(at, found) : find(found, from, conditions);
    }
    if (/^\.{0,2}\//.test(name) || name === '.' || name === '..') {
      const at = path.resolve(folder, name);
      return (name.endsWith('/') ? undefined : asFile(at)) ?? asFolder(at);
    }
    return inPackages(name, folder, conditions);
  }

  function resolveRequire(name, from) {
    const own = node(name);
    if (own !== null && (name.startsWith('node:') || find(name, from, ['node']) === undefined || NODE.get(own) !== null)) return `node:${own}`;
    const file = find(name, from, ['require', 'node', 'module-sync', 'default']);
    if (file === undefined) throw missing(name, from);
    return file;
  }

  /** `require` as a file sees it. */
  function requireOf(from) {
    const require = (name) => {
      if (typeof name !== 'string') {
        throw Object.assign(new TypeError('The "id" argument must be of type string.'), { code: 'ERR_INVALID_ARG_TYPE' });
      }
      const file = resolveRequire(name, from);
      return file.startsWith('node:') ? nodeModule(file.slice(5)) : load(file, from).exports;
    };
    require.resolve = (name) => resolveRequire(name, from).replace(/^node:/, '');
    require.main = undefined;
    require.cache = {};
    require.extensions = {};
    return require;
  }

  /** The name of a module that has all that `file` exports and a mark by which CommonJS knows it was an ES module. */
  const MARKED = 'shardmill:marked:';

  function cycle(file, from) {
    return Object.assign(new Error(`Cannot require() ES Module ${file} in a cycle. (from ${from})`), { code: 'ERR_REQUIRE_CYCLE_MODULE' });
  }

  /** What an ES module exports, evaluated at once, so nothing in it may wait. */
  function evaluated(file, from) {
    const made = native.require(file);
    if (made === 'async') {
      throw Object.assign(new Error('require() cannot be used on an ESM graph with top-level await. Use import() instead.'), { code: 'ERR_REQUIRE_ASYNC_MODULE' });
    }
    if (made === 'cycle') throw cycle(file, from);
    const [promise, namespace] = made;
    promise.catch(() => {});
    const [state, value] = native.promise(promise);
    if (state === 2) throw value;
    return namespace;
  }

  function requireEsModule(file, from) {
    const namespace = evaluated(file, from);
    if ('module.exports' in namespace) return namespace['module.exports'];
    return 'default' in namespace && !('__esModule' in namespace) ? evaluated(MARKED + file, from) : namespace;
  }

  function load(file, from = file) {
    const known = loaded.get(file);
    // What CommonJS has made so far can be looked at; of an ES module there is nothing yet.
    if (known && !known.loaded && isEsModule(file)) throw cycle(file, from);
    if (known) return known;
    const made = { id: file, filename: file, path: path.dirname(file), exports: {}, loaded: false, children: [], paths: [] };
    loaded.set(file, made);
    try {
      if (isEsModule(file)) made.exports = requireEsModule(file, from);
      else if (file.endsWith('.json')) made.exports = JSON.parse(text(file));
      else if (file.endsWith('.node')) throw Object.assign(new Error(`${file} is native code, which does not run here`), { code: 'ERR_DLOPEN_FAILED' });
      else run(made, file);
      made.loaded = true;
    } catch (error) {
      loaded.delete(file);
      throw error;
    }
    return made;
  }

  function run(made, file) {
    const source = text(file).replace(/^#!.*/, '');
    // The first line is none of the file's, and the last of those may be a comment.
    state.wrapped.add(file);
    const wrapped = native.compile(`(function (exports, require, module, __filename, __dirname) {\n${source}\n})`, file);
    made.require = requireOf(file);
    wrapped.call(made.exports, made.exports, made.require, made, file, made.path);
  }

  /** Where an import leads: `node:` and a name, or a file. */
  function resolveImport(base, name) {
    if (name.startsWith('shardmill:')) return name;
    // The loader's own calls name files as they are.
    if (base.startsWith('shardmill:')) return name;
    const own = node(name);
    if (own !== null) return `node:${own}`;
    if (name.startsWith('file:')) return builtin('url').fileURLToPath(name);
    const file = find(name, base, ['import', 'node', 'module-sync', 'default']);
    if (file === undefined) throw missing(name, base, 'ERR_MODULE_NOT_FOUND');
    return file;
  }

  /** The source of an ES module, or what a module that is none exports. */
  function loadImport(name) {
    if (name.startsWith(MARKED)) {
      const from = JSON.stringify(name.slice(MARKED.length));
      return `export * from ${from}; export { default } from ${from}; export const __esModule = true;`;
    }
    if (!name.startsWith('node:') && isEsModule(name)) return text(name).replace(/^#!.*/, '');
    const exports = name.startsWith('node:') ? nodeModule(name.slice(5)) : load(name).exports;
    const seen = Object.create(null);
    if (exports !== null && (typeof exports === 'object' || typeof exports === 'function')) {
      for (const key of Object.keys(exports)) seen[key] = exports[key];
    }
    seen.default = exports;
    return seen;
  }

  function describe(meta, name) {
    meta.url = `file://${name}`;
    meta.filename = name;
    meta.dirname = path.dirname(name);
    meta.resolve = (it) => {
      const found = resolveImport(name, it);
      return found.startsWith('node:') ? found : `file://${found}`;
    };
  }

  /** The module of a handler, as Lambda looks for it: without an ending, then as `.js`, `.mjs` and `.cjs`. */
  async function loadMain(name) {
    const at = path.resolve(state.root, name);
    if (files.has(at)) return load(at).exports;
    for (const ending of ['.js', '.mjs', '.cjs']) {
      const file = at + ending;
      if (!files.has(file)) continue;
      if (!isEsModule(file)) return load(file).exports;
      imported.set(file, imported.get(file) ?? import(file));
      return imported.get(file);
    }
    const file = find(name, `${state.root}/x`, ['require', 'node', 'default']);
    if (file === undefined) throw missing(name, '/var/runtime/index.mjs');
    return isEsModule(file) ? import(file) : load(file).exports;
  }

  module.exports = { take, loadMain, resolveImport, loadImport, describe, requireOf, files: () => files };
})
