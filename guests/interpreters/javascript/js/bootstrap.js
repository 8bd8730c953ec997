// What there is from the start: globals, most of which are made when they are first looked at, and what the host calls.
// Its value is a function that gives the object whose functions `main.c` and `modules.c` call.
(function (native) {
  'use strict';

  const ROOT = '/var/task';
  const made = new Map();

  /** A module of this interpreter's own, by the name of its file. */
  function builtin(name) {
    if (!made.has(name)) {
      const module = { exports: {} };
      made.set(name, module);
      try {
        native.builtin(name)(module, builtin, native, state);
      } catch (error) {
        // There was no memory or no stack for it, and may be the next time.
        made.delete(name);
        throw error;
      }
    }
    return made.get(name).exports;
  }

  /** What changes while a function runs; `wrapped` are the files that have a line before their first one. */
  const state = { requestId: undefined, invocation: null, root: ROOT, wrapped: new Set() };

  function define(name, value) {
    Object.defineProperty(globalThis, name, { value, writable: true, configurable: true });
  }

  function lazily(from, ...names) {
    for (const name of names) {
      Object.defineProperty(globalThis, name, {
        get() {
          const value = builtin(from)[name];
          define(name, value);
          return value;
        },
        set(value) {
          define(name, value);
        },
        configurable: true,
      });
    }
  }

  define('global', globalThis);
  Math.random = native.mathRandom;
  // As those of V8 look: what it is first, then where; none of the places in here.
  Error.prepareStackTrace = (error, sites) => {
    let text;
    try {
      text = String(error.name ?? 'Error');
      if (error.message) text += `: ${error.message}`;
    } catch {
      text = 'Error';
    }
    for (const site of sites) {
      const file = site.getFileName();
      if (!file || file === 'native' || file.startsWith('shardmill:')) continue;
      const line = site.getLineNumber() - (state.wrapped.has(file) ? 1 : 0);
      const place = `${file}:${line}:${site.getColumnNumber()}`;
      const name = site.getFunctionName();
      text += name && !name.startsWith('<') ? `\n    at ${name} (${place})` : `\n    at ${place}`;
    }
    return text;
  };
  lazily('buffer', 'Buffer', 'atob', 'btoa', 'Blob');
  lazily('encoding', 'TextEncoder', 'TextDecoder');
  lazily('url', 'URL', 'URLSearchParams');
  lazily('console', 'console');
  lazily('process', 'process');
  lazily('timers', 'setTimeout', 'setInterval', 'setImmediate');
  lazily('timers', 'clearTimeout', 'clearInterval', 'clearImmediate');
  lazily('web', 'AbortController', 'AbortSignal', 'Event', 'EventTarget', 'DOMException', 'structuredClone', 'fetch');
  lazily('crypto', 'crypto');

  const lambda = () => builtin('lambda');
  return {
    start: (files, handler) => lambda().start(files, handler),
    handle: (event, context) => lambda().handle(event, context),
    failure: (call, error) => lambda().failure(call, error),
    uncaught: (error) => lambda().uncaught(error),
    rejection: (promise, reason, isHandled) => lambda().rejection(promise, reason, isHandled),
    tick: () => lambda().tick(),
    resolve: (base, name) => builtin('modules').resolveImport(base, name),
    load: (name) => builtin('modules').loadImport(name),
    describe: (meta, name) => builtin('modules').describe(meta, name),
  };
})
