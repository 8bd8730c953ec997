// fs: the files of the function's package can be read, and nothing else is there.
(function (module, builtin, native) {
  'use strict';

  const path = builtin('path');
  const { files } = builtin('modules');

  function named(name) {
    if (typeof name === 'object' && name !== null && 'href' in name) return builtin('url').fileURLToPath(name);
    return path.resolve(String(name));
  }

  function failed(code, text, call, name) {
    return Object.assign(new Error(`${code}: ${text}, ${call} '${name}'`), { code, syscall: call, path: name });
  }

  const isFolder = (name) => [...files().keys()].some((it) => it.startsWith(name === '/' ? '/' : `${name}/`));

  function readFileSync(file, options) {
    const name = named(file);
    const bytes = files().get(name);
    if (!bytes) {
      throw isFolder(name) ? failed('EISDIR', 'illegal operation on a directory', 'read', name)
        : failed('ENOENT', 'no such file or directory', 'open', name);
    }
    const made = builtin('buffer').Buffer.from(bytes);
    const encoding = typeof options === 'string' ? options : options?.encoding;
    return encoding ? made.toString(encoding) : made;
  }

  function statSync(file, options) {
    const name = named(file);
    const bytes = files().get(name);
    if (!bytes && !isFolder(name)) {
      if (options?.throwIfNoEntry === false) return undefined;
      throw failed('ENOENT', 'no such file or directory', 'stat', name);
    }
    return { size: bytes?.length ?? 0, isFile: () => Boolean(bytes), isDirectory: () => !bytes, isSymbolicLink: () => false };
  }

  function readdirSync(folder) {
    const name = named(folder);
    if (!isFolder(name)) throw failed('ENOENT', 'no such file or directory', 'scandir', name);
    const below = name === '/' ? '/' : `${name}/`;
    const inside = [...files().keys()].filter((it) => it.startsWith(below)).map((it) => it.slice(below.length).split('/')[0]);
    return [...new Set(inside)].sort();
  }

  function accessSync(file) {
    statSync(file);
  }

  const readers = { readFile: readFileSync, stat: statSync, lstat: statSync, readdir: readdirSync, access: accessSync };
  const writers = ['appendFile', 'copyFile', 'mkdir', 'mkdtemp', 'rename', 'rm', 'rmdir', 'unlink', 'writeFile', 'open'];
  const refused = (call) => (name) => {
    throw failed('EROFS', 'read-only file system: a function of this server has no files but those of its package', call, name);
  };

  const promises = {};
  const fs = { readFileSync, statSync, lstatSync: statSync, readdirSync, accessSync, promises, constants: { F_OK: 0, R_OK: 4 } };
  for (const [name, sync] of [...Object.entries(readers), ...writers.map((name) => [name, refused(name)])]) {
    fs[`${name}Sync`] = sync;
    promises[name] = async (...args) => sync(...args);
    fs[name] = (...args) => {
      const callback = args.pop();
      promises[name](...args).then((value) => callback(null, value), callback);
    };
  }
  fs.realpathSync = named;
  fs.existsSync = (file) => files().has(named(file)) || isFolder(named(file));
  module.exports = fs;
})
