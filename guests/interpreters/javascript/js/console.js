// console: lines of the function's log, as Lambda writes them.
(function (module, builtin, native, state) {
  'use strict';

  const util = builtin('util');
  const counts = new Map();
  const begun = new Map();
  let depth = 0;

  function write(level, word, text) {
    const time = new Date().toISOString();
    native.log(level, `${time}\t${state.requestId}\t${word}\t${text}`);
  }

  const at = (level, word) => (...values) => {
    const text = util.format(...values);
    write(level, word, depth ? text.replace(/^/gm, '  '.repeat(depth)) : text);
  };
  const took = (label) => `${label}: ${(Number(native.nanos() - begun.get(label)) / 1e6).toFixed(3)}ms`;

  const console = {
    log: at(2, 'INFO'),
    info: at(2, 'INFO'),
    debug: at(1, 'DEBUG'),
    warn: at(3, 'WARN'),
    error: at(4, 'ERROR'),
    fatal: at(4, 'FATAL'),
    trace: (...values) => {
      const { stack } = new Error(util.format(...values));
      write(0, 'TRACE', stack.replace(/^Error/, 'Trace'));
    },
    dir: (value, options) => write(2, 'INFO', util.inspect(value, options)),
    dirxml: (...values) => console.log(...values),
    table: (value) => write(2, 'INFO', util.inspect(value)),
    assert: (isTrue, ...values) => {
      if (!isTrue) console.error(values.length ? `Assertion failed: ${util.format(...values)}` : 'Assertion failed');
    },
    count: (label = 'default') => {
      counts.set(label, (counts.get(label) ?? 0) + 1);
      console.log(`${label}: ${counts.get(label)}`);
    },
    countReset: (label = 'default') => counts.delete(label),
    group: (...values) => {
      if (values.length) console.log(...values);
      depth++;
    },
    groupEnd: () => {
      depth = Math.max(0, depth - 1);
    },
    time: (label = 'default') => begun.set(label, native.nanos()),
    timeLog: (label = 'default', ...values) => {
      if (begun.has(label)) console.log(took(label), ...values);
    },
    timeEnd: (label = 'default') => {
      if (begun.has(label)) console.log(took(label));
      begun.delete(label);
    },
  };
  console.groupCollapsed = console.group;
  module.exports = { console, write };
})
