// URL and URLSearchParams by the WHATWG's standard, but for names of hosts in other scripts: those are lowered, composed
// and put into punycode, without the rest of UTS 46.
(function (module, builtin, native, state) {
  'use strict';

  const PORTS = { 'http:': '80', 'https:': '443', 'ws:': '80', 'wss:': '443', 'ftp:': '21', 'file:': '' };
  const isSpecial = (scheme) => Object.hasOwn(PORTS, scheme);

  const FRAGMENT = ' "<>`';
  const QUERY = ' "#<>';
  const PATH = `${QUERY}?\`{}`;
  const USER = `${PATH}/:;=@[\\]^|`;

  function escape(text, set) {
    let made = '';
    for (const char of text) {
      const code = char.codePointAt(0);
      if (code > 0x1f && code < 0x7f && !set.includes(char)) made += char;
      else made += native.toHex(native.encode(char.isWellFormed() ? char : '\ufffd')).toUpperCase().replace(/../g, '%$&');
    }
    return made;
  }

  function unescape(text) {
    if (!text.includes('%')) return text;
    const bytes = native.encode(text.toWellFormed());
    const made = [];
    for (let at = 0; at < bytes.length; at++) {
      const hex = bytes[at] === 37 ? String.fromCharCode(bytes[at + 1] ?? 0, bytes[at + 2] ?? 0) : '';
      if (/^[0-9a-fA-F]{2}$/.test(hex)) {
        made.push(Number.parseInt(hex, 16));
        at += 2;
      } else {
        made.push(bytes[at]);
      }
    }
    return native.decode(Uint8Array.from(made), false);
  }

  function invalid(input) {
    const error = new TypeError('Invalid URL');
    error.code = 'ERR_INVALID_URL';
    error.input = input;
    throw error;
  }

  /** RFC 3492. */
  function punycode(label) {
    const points = [...label].map((char) => char.codePointAt(0));
    const basic = points.filter((it) => it < 128);
    let out = String.fromCharCode(...basic);
    if (basic.length) out += '-';
    let [next, delta, bias, done] = [128, 0, 72, basic.length];
    while (done < points.length) {
      const least = Math.min(...points.filter((it) => it >= next));
      delta += (least - next) * (done + 1);
      next = least;
      for (const point of points) {
        if (point < next) delta++;
        if (point !== next) continue;
        let left = delta;
        for (let step = 36; ; step += 36) {
          const threshold = step <= bias ? 1 : step >= bias + 26 ? 26 : step - bias;
          if (left < threshold) break;
          out += digit(threshold + ((left - threshold) % (36 - threshold)));
          left = Math.floor((left - threshold) / (36 - threshold));
        }
        out += digit(left);
        bias = adapted(delta, done + 1, done === basic.length);
        delta = 0;
        done++;
      }
      delta++;
      next++;
    }
    return `xn--${out}`;
  }

  const digit = (value) => String.fromCharCode(value < 26 ? value + 97 : value + 22);

  function adapted(delta, count, isFirst) {
    let left = isFirst ? Math.floor(delta / 700) : Math.floor(delta / 2);
    left += Math.floor(left / count);
    let step = 0;
    for (; left > 455; step += 36) left = Math.floor(left / 35);
    return step + Math.floor((36 * left) / (left + 38));
  }

  function number(text) {
    if (text === '') return Number.NaN;
    if (/^0[xX][0-9a-fA-F]*$/.test(text)) return text.length === 2 ? 0 : Number.parseInt(text, 16);
    if (/^0[0-7]+$/.test(text)) return Number.parseInt(text, 8);
    return /^[0-9]+$/.test(text) ? Number(text) : Number.NaN;
  }

  function ipv4(host) {
    const parts = host.split('.');
    if (parts.at(-1) === '' && parts.length > 1) parts.pop();
    const last = parts.at(-1);
    if (!/^[0-9]+$/.test(last) && !/^0[xX][0-9a-fA-F]*$/.test(last)) return null;
    const numbers = parts.map(number);
    if (numbers.length > 4 || numbers.some(Number.isNaN)) return undefined;
    if (numbers.slice(0, -1).some((it) => it > 255) || numbers.at(-1) >= 256 ** (5 - numbers.length)) return undefined;
    let value = numbers.at(-1);
    numbers.slice(0, -1).forEach((it, at) => {
      value += it * 256 ** (3 - at);
    });
    return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.');
  }

  function ipv6(text) {
    let source = text;
    const tail = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(source);
    if (tail) {
      const bytes = tail[2].split('.').map(Number);
      if (bytes.some((it) => it > 255)) return undefined;
      source = `${tail[1]}${(bytes[0] * 256 + bytes[1]).toString(16)}:${(bytes[2] * 256 + bytes[3]).toString(16)}`;
    }
    const halves = source.split('::');
    if (halves.length > 2) return undefined;
    const pieces = halves.map((half) => (half === '' ? [] : half.split(':')));
    if (pieces.flat().some((it) => !/^[0-9a-fA-F]{1,4}$/.test(it))) return undefined;
    const missing = 8 - pieces.flat().length;
    if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
    const [head, rest = []] = pieces;
    const all = [...head, ...Array(missing).fill('0'), ...rest].map((it) => Number.parseInt(it, 16));
    return `[${shortened(all)}]`;
  }

  /** With the longest run of zeros left out. */
  function shortened(pieces) {
    let best = { at: -1, length: 1 };
    for (let at = 0; at < 8; at++) {
      let length = 0;
      while (at + length < 8 && pieces[at + length] === 0) length++;
      if (length > best.length) best = { at, length };
    }
    const hex = (list) => list.map((it) => it.toString(16)).join(':');
    if (best.at < 0) return hex(pieces);
    return `${hex(pieces.slice(0, best.at))}::${hex(pieces.slice(best.at + best.length))}`;
  }

  /** A host as it is kept; undefined if it is none. */
  function hostOf(text, special) {
    if (text.startsWith('[')) return text.endsWith(']') ? ipv6(text.slice(1, -1)) : undefined;
    if (!special) return /[\u0000\t\n\r #/:<>?@[\\\]^|]/.test(text) ? undefined : escape(text, '');
    const plain = unescape(text).normalize('NFKC').toLowerCase().replace(/[\u3002\uff0e\uff61]/g, '.');
    const labels = plain.split('.').map((it) => (/[^\u0000-\u007f]/.test(it) ? punycode(it) : it));
    const host = labels.join('.');
    if (host === '' || /[\u0000-\u0020"#%/:<>?@[\\\]^`{|}\u007f]/.test(host)) return undefined;
    const address = ipv4(host);
    return address === null ? host : address;
  }

  function authority(url, text) {
    const at = text.lastIndexOf('@');
    if (at >= 0) {
      const [, user, password = ''] = /^([^:]*):?(.*)$/s.exec(text.slice(0, at));
      url.username = escape(user, USER);
      url.password = escape(password, USER);
    }
    const place = text.slice(at + 1);
    const match = /^(\[.*\]|[^:]*)(?::(.*))?$/s.exec(place);
    if (!match || (match[1] === '' && (isSpecial(url.scheme) || at >= 0 || match[2] !== undefined))) return false;
    url.host = match[1] === '' ? '' : hostOf(match[1], isSpecial(url.scheme));
    if (url.host === undefined) return false;
    return setPort(url, match[2] ?? '');
  }

  function setPort(url, text) {
    if (text !== '' && (!/^[0-9]+$/.test(text) || Number(text) > 65535)) return false;
    const port = text === '' ? '' : String(Number(text));
    url.port = port === PORTS[url.scheme] ? '' : port;
    return true;
  }

  function pathOf(url, text, before) {
    const parts = [...before];
    const pieces = (isSpecial(url.scheme) ? text.replaceAll('\\', '/') : text).split('/');
    pieces.forEach((piece, at) => {
      const isLast = at === pieces.length - 1;
      const dots = piece.toLowerCase().replaceAll('%2e', '.');
      if (dots === '..') {
        if (!(url.scheme === 'file:' && parts.length === 1 && /^[a-zA-Z]:$/.test(parts[0]))) parts.pop();
        if (isLast) parts.push('');
      } else if (dots === '.') {
        if (isLast) parts.push('');
      } else {
        const drive = url.scheme === 'file:' && parts.length === 0 && /^[a-zA-Z][:|]$/.test(piece);
        parts.push(drive ? `${piece[0]}:` : escape(piece, PATH));
      }
    });
    return parts;
  }

  function parse(input, base) {
    let rest = String(input).replace(/^[\u0000-\u0020]+|[\u0000-\u0020]+$/g, '').replace(/[\t\n\r]/g, '');
    const url = { scheme: '', username: '', password: '', host: null, port: '', path: [], query: null, fragment: null };
    const hash = rest.indexOf('#');
    if (hash >= 0) {
      url.fragment = escape(rest.slice(hash + 1), FRAGMENT);
      rest = rest.slice(0, hash);
    }
    const scheme = /^[a-zA-Z][a-zA-Z0-9+.-]*:/.exec(rest)?.[0].toLowerCase();
    if (scheme) {
      rest = rest.slice(scheme.length);
      url.scheme = scheme;
    } else if (!base) {
      return null;
    } else {
      url.scheme = base.scheme;
      if (base.opaque !== undefined && (rest !== '' || hash < 0)) return null;
    }
    const special = isSpecial(url.scheme);
    const question = rest.indexOf('?');
    if (question >= 0) {
      url.query = escape(rest.slice(question + 1), special ? `${QUERY}'` : QUERY);
      rest = rest.slice(0, question);
    }
    const slashes = special ? rest.replaceAll('\\', '/') : rest;
    const isRelative = !scheme || (special && base?.scheme === url.scheme && !slashes.startsWith('//') && url.scheme !== 'file:');
    if (isRelative && base) return relative(url, slashes, base, question >= 0);
    if (url.scheme === 'file:') return file(url, slashes, base);
    if (special) return absolute(url, slashes.replace(/^\/*/, ''));
    if (slashes.startsWith('//')) return absolute(url, slashes.slice(2));
    if (slashes.startsWith('/')) url.path = pathOf(url, slashes.slice(1), []);
    else url.opaque = escape(rest, '');
    return url;
  }

  function absolute(url, rest) {
    const end = rest.indexOf('/');
    if (!authority(url, end < 0 ? rest : rest.slice(0, end))) return null;
    url.path = end < 0 ? (isSpecial(url.scheme) ? [''] : []) : pathOf(url, rest.slice(end + 1), []);
    return url;
  }

  function file(url, rest, base) {
    url.host = '';
    if (rest.startsWith('//')) {
      const end = rest.indexOf('/', 2);
      const name = rest.slice(2, end < 0 ? undefined : end);
      const host = name === '' ? '' : hostOf(name, true);
      if (host === undefined) return null;
      url.host = host === 'localhost' ? '' : host;
      url.path = end < 0 ? [''] : pathOf(url, rest.slice(end + 1), []);
    } else if (rest.startsWith('/')) {
      url.path = pathOf(url, rest.slice(1), []);
    } else if (base?.scheme === 'file:') {
      return relative(url, rest, base, url.query !== null);
    } else {
      url.path = pathOf(url, rest, []);
    }
    return url;
  }

  function relative(url, rest, base, hasQuery) {
    if (rest.startsWith('//')) return url.scheme === 'file:' ? file(url, rest, base) : absolute(url, rest.replace(/^\/+/, isSpecial(url.scheme) ? '' : '$&').replace(/^\/\//, ''));
    for (const name of ['username', 'password', 'host', 'port']) url[name] = base[name];
    if (base.opaque !== undefined) url.opaque = base.opaque;
    if (rest === '') {
      url.path = [...base.path];
      if (!hasQuery) url.query = base.query;
    } else if (rest.startsWith('/')) {
      url.path = pathOf(url, rest.slice(1), []);
    } else {
      url.path = pathOf(url, rest, base.path.slice(0, -1));
    }
    return url;
  }

  function decodeForm(text) {
    return unescape(text.replaceAll('+', ' '));
  }

  const encodeForm = (text) => escape(String(text).toWellFormed(), `${USER}$%&+,!'()~`).replaceAll('%20', '+');

  const changed = Symbol('changed');

  class URLSearchParams {
    #list = [];
    [changed] = null;

    constructor(init = '') {
      if (typeof init === 'object' && init !== null && typeof init[Symbol.iterator] === 'function') {
        for (const pair of init) {
          const [name, value, ...more] = pair;
          if (value === undefined || more.length) {
            throw Object.assign(new TypeError('Each query pair must be an iterable [name, value] tuple'), { code: 'ERR_INVALID_TUPLE' });
          }
          this.#list.push([String(name), String(value)]);
        }
      } else if (typeof init === 'object' && init !== null) {
        for (const name of Object.keys(init)) this.#list.push([name, String(init[name])]);
      } else {
        this.#read(String(init).replace(/^\?/, ''));
      }
    }
    #read(text) {
      this.#list = text.split('&').filter((it) => it).map((part) => {
        const at = part.indexOf('=');
        return at < 0 ? [decodeForm(part), ''] : [decodeForm(part.slice(0, at)), decodeForm(part.slice(at + 1))];
      });
    }
    static replace(params, text) {
      params.#read(text);
    }
    #note() {
      this[changed]?.(this.toString());
    }
    get size() {
      return this.#list.length;
    }
    append(name, value) {
      this.#list.push([String(name), String(value)]);
      this.#note();
    }
    delete(name, value) {
      this.#list = this.#list.filter(([key, it]) => key !== String(name) || (value !== undefined && it !== String(value)));
      this.#note();
    }
    get(name) {
      return this.#list.find(([key]) => key === String(name))?.[1] ?? null;
    }
    getAll(name) {
      return this.#list.filter(([key]) => key === String(name)).map(([, value]) => value);
    }
    has(name, value) {
      return this.#list.some(([key, it]) => key === String(name) && (value === undefined || it === String(value)));
    }
    set(name, value) {
      const at = this.#list.findIndex(([key]) => key === String(name));
      if (at < 0) {
        this.append(name, value);
        return;
      }
      this.#list = this.#list.filter(([key], place) => place <= at || key !== String(name));
      this.#list[at][1] = String(value);
      this.#note();
    }
    sort() {
      this.#list.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
      this.#note();
    }
    forEach(callback, self) {
      for (const [name, value] of this.#list) callback.call(self, value, name, this);
    }
    *entries() {
      for (const [name, value] of this.#list) yield [name, value];
    }
    *keys() {
      for (const [name] of this.#list) yield name;
    }
    *values() {
      for (const [, value] of this.#list) yield value;
    }
    [Symbol.iterator]() {
      return this.entries();
    }
    toString() {
      return this.#list.map(([name, value]) => `${encodeForm(name)}=${encodeForm(value)}`).join('&');
    }
  }

  class URL {
    #url;
    #params = null;

    constructor(input, base) {
      const over = base === undefined ? null : parse(base, null) ?? invalid(String(input));
      this.#url = parse(input, over) ?? invalid(String(input));
    }
    static canParse(input, base) {
      return URL.parse(input, base) !== null;
    }
    static parse(input, base) {
      try {
        return new URL(input, base);
      } catch {
        return null;
      }
    }
    get href() {
      const { scheme, username, password, fragment } = this.#url;
      let text = scheme;
      if (this.#url.host !== null) {
        text += '//';
        if (username || password) text += `${username}${password ? `:${password}` : ''}@`;
        text += this.host;
      } else if (this.#url.opaque === undefined && this.#url.path.length > 1 && this.#url.path[0] === '') {
        text += '/.';
      }
      const query = this.#url.query;
      return text + this.pathname + (query === null ? '' : `?${query}`) + (fragment === null ? '' : `#${fragment}`);
    }
    set href(value) {
      this.#url = parse(value, null) ?? invalid(String(value));
      this.#readParams();
    }
    get origin() {
      const { scheme } = this.#url;
      return isSpecial(scheme) && scheme !== 'file:' ? `${scheme}//${this.host}` : 'null';
    }
    get protocol() {
      return this.#url.scheme;
    }
    set protocol(value) {
      const scheme = /^([a-zA-Z][a-zA-Z0-9+.-]*):?/.exec(value)?.[1].toLowerCase();
      if (!scheme || isSpecial(`${scheme}:`) !== isSpecial(this.#url.scheme)) return;
      this.#url.scheme = `${scheme}:`;
      setPort(this.#url, this.#url.port);
    }
    get username() {
      return this.#url.username;
    }
    set username(value) {
      if (this.#url.host) this.#url.username = escape(String(value), USER);
    }
    get password() {
      return this.#url.password;
    }
    set password(value) {
      if (this.#url.host) this.#url.password = escape(String(value), USER);
    }
    get host() {
      return (this.#url.host ?? '') + (this.#url.port === '' ? '' : `:${this.#url.port}`);
    }
    set host(value) {
      const [, name, port] = /^(\[.*\]|[^:/?#\\]*)(?::([0-9]+))?/.exec(String(value)) ?? [];
      this.hostname = name;
      if (port !== undefined) setPort(this.#url, port);
    }
    get hostname() {
      return this.#url.host ?? '';
    }
    set hostname(value) {
      if (this.#url.opaque !== undefined) return;
      const host = hostOf(String(value), isSpecial(this.#url.scheme));
      if (host !== undefined && !(host === '' && isSpecial(this.#url.scheme))) this.#url.host = host;
    }
    get port() {
      return this.#url.port;
    }
    set port(value) {
      if (this.#url.host) setPort(this.#url, /^[0-9]*/.exec(String(value))[0]);
    }
    get pathname() {
      const { opaque, path } = this.#url;
      if (opaque !== undefined) return opaque;
      return path.length ? `/${path.join('/')}` : '';
    }
    set pathname(value) {
      if (this.#url.opaque !== undefined) return;
      const text = String(value).replaceAll('?', '%3F').replaceAll('#', '%23');
      this.#url.path = pathOf(this.#url, text.replace(isSpecial(this.#url.scheme) ? /^[/\\]/ : /^\//, ''), []);
    }
    get search() {
      return this.#url.query ? `?${this.#url.query}` : '';
    }
    set search(value) {
      const text = String(value).replace(/^\?/, '');
      this.#url.query = text === '' ? null : escape(text, isSpecial(this.#url.scheme) ? `${QUERY}'` : QUERY);
      this.#readParams();
    }
    get searchParams() {
      if (!this.#params) {
        this.#params = new URLSearchParams(this.#url.query ?? '');
        this.#params[changed] = (text) => {
          this.#url.query = text === '' ? null : text;
        };
      }
      return this.#params;
    }
    #readParams() {
      if (this.#params) URLSearchParams.replace(this.#params, this.#url.query ?? '');
    }
    get hash() {
      return this.#url.fragment ? `#${this.#url.fragment}` : '';
    }
    set hash(value) {
      const text = String(value).replace(/^#/, '');
      this.#url.fragment = text === '' ? null : escape(text, FRAGMENT);
    }
    toString() {
      return this.href;
    }
    toJSON() {
      return this.href;
    }
    [Symbol.for('nodejs.util.inspect.custom')](_depth, _options, inspect) {
      const names = ['href', 'origin', 'protocol', 'username', 'password', 'host', 'hostname', 'port', 'pathname', 'search', 'searchParams', 'hash'];
      return `URL ${inspect(Object.fromEntries(names.map((name) => [name, this[name]])))}`;
    }
  }

  module.exports = {
    URL,
    URLSearchParams,
    fileURLToPath: (url) => unescape(new URL(String(url)).pathname),
    pathToFileURL: (path) => new URL(`file://${builtin('path').resolve(path).split('/').map(encodeURIComponent).join('/')}`),
    format: (url) => (typeof url === 'string' ? url : url.href ?? String(url)),
    parse: (text) => {
      const url = new URL(text, 'relative://x');
      const hasScheme = url.protocol !== 'relative:';
      const [host, port, hostname] = hasScheme ? [url.host, url.port || null, url.hostname] : [null, null, null];
      const { pathname, hash, search } = url;
      return {
        protocol: hasScheme ? url.protocol : null, host, port, hostname, hash: hash || null, search: search || null,
        query: search ? search.slice(1) : null, pathname, path: pathname + search, href: hasScheme ? url.href : text,
      };
    },
    resolve: (from, to) => new URL(to, new URL(from, 'resolve://')).toString().replace(/^resolve:\/\//, ''),
  };
})
