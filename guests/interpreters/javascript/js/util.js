// util: inspect and format as the log shows values, and what libraries ask of it.
(function (module, builtin, native) {
  'use strict';

  const custom = Symbol.for('nodejs.util.inspect.custom');
  // What Node leaves free of a line.
  const MARGIN = 11;
  const isName = (text) => /^[A-Za-z_$][\w$]*$/.test(text);

  function quoted(text) {
    const quote = !text.includes("'") ? "'" : !text.includes('"') ? '"' : !text.includes('`') ? '`' : "'";
    const escaped = text.replace(/[\\\u0000-\u001f\u007f]/g, (char) => {
      const short = { '\\': '\\\\', '\n': '\\n', '\t': '\\t', '\r': '\\r', '\b': '\\b', '\f': '\\f' }[char];
      return short ?? `\\x${char.charCodeAt(0).toString(16).padStart(2, '0').toUpperCase()}`;
    });
    return quote + (quote === "'" ? escaped.replaceAll("'", "\\'") : escaped) + quote;
  }

  function primitive(value) {
    if (typeof value === 'string') return quoted(value);
    if (typeof value === 'bigint') return `${value}n`;
    if (Object.is(value, -0)) return '-0';
    return String(value);
  }

  function constructorName(value) {
    for (let at = value; at; at = Object.getPrototypeOf(at)) {
      const own = Object.getOwnPropertyDescriptor(at, 'constructor');
      if (typeof own?.value === 'function' && own.value.name) return own.value.name;
    }
    return null;
  }

  function inspect(value, options, ...older) {
    const settings = { depth: 2, breakLength: 80, maxArrayLength: 100, showHidden: false, compact: 3 };
    if (typeof options === 'boolean') Object.assign(settings, { showHidden: options, depth: older[0] ?? 2 });
    else Object.assign(settings, options);
    if (settings.depth === null) settings.depth = Infinity;
    return show(value, settings, 0, []);
  }

  function show(value, settings, level, above) {
    if (value === null || (typeof value !== 'object' && typeof value !== 'function')) return primitive(value);
    if (above.includes(value)) return '[Circular *1]';
    const own = value[custom];
    if (typeof own === 'function' && own !== inspect) {
      const shown = own.call(value, settings.depth - level, settings, inspect);
      return typeof shown === 'string' ? shown : show(shown, settings, level, [...above, value]);
    }
    return object(value, settings, level, above);
  }

  /** How a value that is an object begins, and the entries that are none of its properties. */
  function kind(value, inner, settings) {
    const name = constructorName(value);
    const prefix = (word) => (name === null ? `[${word}: null prototype] ` : name === word ? '' : `${name} `);
    if (Array.isArray(value)) {
      const shown = [];
      let at = 0;
      while (at < value.length && shown.length < settings.maxArrayLength) {
        let end = at;
        while (end < value.length && !(end in value)) end++;
        if (end > at) shown.push(`<${end - at} empty item${end - at > 1 ? 's' : ''}>`);
        else shown.push(inner(value[end++]));
        at = end;
      }
      const left = value.length - at;
      if (left > 0) shown.push(`... ${left} more item${left > 1 ? 's' : ''}`);
      const head = name === 'Array' ? '' : `${name ?? '[Array: null prototype]'}(${value.length}) `;
      return { head, open: '[', close: ']', items: shown };
    }
    if (value instanceof Map) {
      const items = [...value].map(([key, it]) => `${inner(key)} => ${inner(it)}`);
      return { head: `${name}(${value.size}) `, open: '{', close: '}', items };
    }
    if (value instanceof Set) {
      return { head: `${name}(${value.size}) `, open: '{', close: '}', items: [...value].map(inner) };
    }
    if (ArrayBuffer.isView(value) && !(value instanceof DataView)) {
      const shown = [...value.subarray(0, settings.maxArrayLength)].map(inner);
      const left = value.length - shown.length;
      if (left > 0) shown.push(`... ${left} more item${left > 1 ? 's' : ''}`);
      return { head: `${name}(${value.length}) `, open: '[', close: ']', items: shown };
    }
    if (value instanceof Promise) {
      const [state, result] = native.promise(value);
      const items = [state === 0 ? '<pending>' : state === 1 ? inner(result) : `<rejected> ${inner(result)}`];
      return { head: 'Promise ', open: '{', close: '}', items };
    }
    const tag = value[Symbol.toStringTag];
    const tagged = typeof tag === 'string' && tag && tag !== name ? `${name === null ? '' : `${name} `}[${tag}] ` : prefix('Object');
    return { head: tagged, open: '{', close: '}', items: [] };
  }

  /** What is shown in place of braces. */
  function whole(value) {
    if (typeof value === 'function') {
      const isClass = /^class\b/.test(Function.prototype.toString.call(value));
      const name = value.name || '(anonymous)';
      if (isClass) return `[class ${name}]`;
      return value.name ? `[${constructorName(value)}: ${name}]` : `[${constructorName(value)} ${name}]`;
    }
    if (value instanceof Error) return value.stack ? String(value.stack) : `[${value.name}: ${value.message}]`;
    if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString();
    if (value instanceof RegExp) return String(value);
    for (const Boxed of [String, Number, Boolean]) {
      if (value instanceof Boxed) return `[${Boxed.name}: ${primitive(value.valueOf())}]`;
    }
    return null;
  }

  function object(value, settings, level, above) {
    const inside = [...above, value];
    const inner = (it) => show(it, settings, level + 1, inside);
    const keys = Reflect.ownKeys(value).filter((key) => {
      if (ArrayBuffer.isView(value) || Array.isArray(value) || value instanceof String) {
        if (typeof key === 'string' && /^(0|[1-9]\d*)$/.test(key)) return false;
      }
      return settings.showHidden || Object.getOwnPropertyDescriptor(value, key)?.enumerable;
    });
    const base = whole(value);
    if (level > settings.depth) {
      if (base !== null && typeof value !== 'object') return base;
      return Array.isArray(value) ? '[Array]' : base ?? `[${constructorName(value) ?? 'Object: null prototype'}]`;
    }
    if (base !== null && keys.length === 0) return base;
    const { deepest } = settings;
    settings.deepest = level;
    const { head, open, close, items } = kind(value, inner, settings);
    const entries = items.concat(keys.map((key) => property(value, key, inner)));
    const start = base === null ? head : `${base} `;
    if (entries.length === 0) {
      settings.deepest = deepest;
      return `${start}${open}${close}`;
    }
    return laid(start, open, close, entries, level, settings);
  }

  function property(value, key, inner) {
    const { get, set, value: it } = Object.getOwnPropertyDescriptor(value, key);
    const name = typeof key === 'symbol' ? `[${String(key)}]` : isName(key) ? key : quoted(key);
    if (get) return `${name}: [Getter${set ? '/Setter' : ''}]`;
    if (set) return `${name}: [Setter]`;
    return `${name}: ${inner(it)}`;
  }

  /** In one line if that is short, nothing in it has several, and what was looked at last in it is not far below. */
  function laid(start, open, close, entries, level, settings) {
    const length = entries.reduce((sum, it) => sum + it.length + 2, start.length + 2 * level + MARGIN);
    const isFlat = entries.every((it) => !it.includes('\n')) && settings.deepest - level < settings.compact;
    if (isFlat && length <= settings.breakLength) {
      return `${start}${open} ${entries.join(', ')} ${close}`;
    }
    const indent = '  '.repeat(level + 1);
    return `${start}${open}\n${indent}${entries.join(`,\n${indent}`)}\n${'  '.repeat(level)}${close}`;
  }

  function format(first, ...rest) {
    if (typeof first !== 'string') return [first, ...rest].map((it) => shown(it)).join(' ');
    let at = 0;
    const text = rest.length === 0 ? first : first.replace(/%[sdifjoOc%]/g, (match) => {
      if (match === '%%') return '%';
      if (at >= rest.length) return match;
      const value = rest[at++];
      switch (match) {
        case '%s':
          return typeof value === 'string' ? value : typeof value === 'object' && value !== null
            ? inspect(value, { depth: 0 }) : primitive(value);
        case '%d':
          return typeof value === 'bigint' ? `${value}n` : typeof value === 'symbol' ? 'NaN' : primitive(Number(value));
        case '%i':
          return typeof value === 'bigint' ? `${value}n` : primitive(Number.parseInt(value, 10));
        case '%f':
          return primitive(Number.parseFloat(value));
        case '%j':
          try {
            return JSON.stringify(value);
          } catch {
            return '[Circular]';
          }
        case '%o':
          return inspect(value, { showHidden: true, depth: 4 });
        case '%O':
          return inspect(value, { depth: 4 });
        default:
          return '';
      }
    });
    return [text, ...rest.slice(at).map((it) => shown(it))].join(' ');
  }

  const shown = (value) => (typeof value === 'string' ? value : inspect(value));

  function promisify(original) {
    if (original[promisify.custom]) return original[promisify.custom];
    return function (...args) {
      return new Promise((resolve, reject) => {
        original.call(this, ...args, (error, value) => (error ? reject(error) : resolve(value)));
      });
    };
  }
  promisify.custom = Symbol.for('nodejs.util.promisify.custom');

  const is = (tag) => (value) => Object.prototype.toString.call(value) === `[object ${tag}]`;
  const types = {
    isNativeError: (value) => value instanceof Error,
    isDate: (value) => value instanceof Date,
    isRegExp: (value) => value instanceof RegExp,
    isMap: (value) => value instanceof Map,
    isSet: (value) => value instanceof Set,
    isPromise: (value) => value instanceof Promise,
    isTypedArray: (value) => ArrayBuffer.isView(value) && !(value instanceof DataView),
    isUint8Array: (value) => value instanceof Uint8Array,
    isAnyArrayBuffer: (value) => value instanceof ArrayBuffer || value instanceof SharedArrayBuffer,
    isArrayBuffer: (value) => value instanceof ArrayBuffer,
    isArrayBufferView: (value) => ArrayBuffer.isView(value),
    isAsyncFunction: is('AsyncFunction'),
    isGeneratorFunction: is('GeneratorFunction'),
  };

  function isDeepStrictEqual(a, b, seen = []) {
    if (Object.is(a, b)) return true;
    if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
    if (Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return false;
    if (seen.some(([x, y]) => x === a && y === b)) return true;
    const inside = [...seen, [a, b]];
    if (a instanceof Date) return a.getTime() === b.getTime();
    if (a instanceof RegExp) return String(a) === String(b);
    if (a instanceof Map || a instanceof Set) {
      if (a.size !== b.size) return false;
      const same = (x, y) => isDeepStrictEqual(x, y, inside);
      return [...a].every((x) => [...b].some((y) => same(x, y)));
    }
    const [x, y] = [Object.keys(a), Object.keys(b)];
    return x.length === y.length && x.every((key) => Object.hasOwn(b, key) && isDeepStrictEqual(a[key], b[key], inside));
  }

  inspect.custom = custom;
  inspect.defaultOptions = { depth: 2 };
  module.exports = {
    inspect,
    format,
    formatWithOptions: (_options, ...values) => format(...values),
    promisify,
    types,
    isDeepStrictEqual,
    callbackify: (original) => (...args) => {
      const callback = args.pop();
      original(...args).then((value) => callback(null, value), (error) => callback(error));
    },
    deprecate: (original) => original,
    inherits(constructor, parent) {
      Object.defineProperty(constructor, 'super_', { value: parent, writable: true, configurable: true });
      Object.setPrototypeOf(constructor.prototype, parent.prototype);
    },
    debuglog: () => Object.assign(() => {}, { enabled: false }),
    stripVTControlCharacters: (text) => text.replace(/\u001b\[[0-9;]*[A-Za-z]/g, ''),
    toUSVString: (text) => String(text).toWellFormed(),
    isArray: Array.isArray,
    get TextEncoder() {
      return globalThis.TextEncoder;
    },
    get TextDecoder() {
      return globalThis.TextDecoder;
    },
  };
})
