// path: of POSIX, as Lambda's machines have it.
(function (module, builtin, native, state) {
  'use strict';

  function normalizeParts(text, isAbsolute) {
    const parts = [];
    for (const part of text.split('/')) {
      if (part === '' || part === '.') continue;
      if (part !== '..') parts.push(part);
      else if (parts.length && parts.at(-1) !== '..') parts.pop();
      else if (!isAbsolute) parts.push('..');
    }
    return parts.join('/');
  }

  function check(...texts) {
    for (const text of texts) {
      if (typeof text === 'string') continue;
      const error = new TypeError(`The "path" argument must be of type string. Received ${String(text)}`);
      error.code = 'ERR_INVALID_ARG_TYPE';
      throw error;
    }
  }

  const path = {
    sep: '/',
    delimiter: ':',
    isAbsolute: (text) => text.startsWith('/'),
    normalize(text) {
      check(text);
      if (text === '') return '.';
      const isAbsolute = text.startsWith('/');
      let made = normalizeParts(text, isAbsolute);
      if (!made && !isAbsolute) made = '.';
      if (made && text.endsWith('/')) made += '/';
      return isAbsolute ? `/${made}` : made;
    },
    join(...texts) {
      check(...texts);
      return path.normalize(texts.filter((it) => it).join('/'));
    },
    resolve(...texts) {
      check(...texts);
      let made = '';
      for (const text of [state.root, ...texts]) made = text.startsWith('/') ? text : text ? `${made}/${text}` : made;
      return `/${normalizeParts(made, true)}`;
    },
    relative(from, to) {
      const [a, b] = [path.resolve(from), path.resolve(to)].map((it) => it.split('/').filter(Boolean));
      let same = 0;
      while (same < a.length && same < b.length && a[same] === b[same]) same++;
      return [...Array(a.length - same).fill('..'), ...b.slice(same)].join('/');
    },
    dirname(text) {
      check(text);
      const cut = text.replace(/\/+$/, '');
      const at = cut.lastIndexOf('/');
      if (at < 0) return text.startsWith('/') ? '/' : '.';
      return cut.slice(0, at).replace(/\/+$/, '') || '/';
    },
    basename(text, suffix = '') {
      check(text);
      const base = text.replace(/\/+$/, '').split('/').at(-1);
      return suffix && base !== suffix && base.endsWith(suffix) ? base.slice(0, -suffix.length) : base;
    },
    extname(text) {
      const base = path.basename(text);
      const at = base.lastIndexOf('.');
      return at <= 0 ? '' : base.slice(at);
    },
    parse(text) {
      const [base, ext] = [path.basename(text), path.extname(text)];
      const root = text.startsWith('/') ? '/' : '';
      const dir = text.includes('/') ? path.dirname(text) : '';
      return { root, dir, base, ext, name: ext ? base.slice(0, -ext.length) : base };
    },
    format({ root = '', dir = root, name = '', ext = '', base = `${name}${ext}` }) {
      return !dir ? base : dir.endsWith('/') ? `${dir}${base}` : `${dir}/${base}`;
    },
    toNamespacedPath: (text) => text,
  };
  path.posix = path;
  module.exports = path;
})
