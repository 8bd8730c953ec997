// querystring: the older form of URLSearchParams.
(function (module) {
  'use strict';

  const escape = (text) => encodeURIComponent(text).replace(/[!'()*]/g, (char) => char);
  const unescape = (text) => {
    try {
      return decodeURIComponent(text);
    } catch {
      return text;
    }
  };
  const shown = (value) => (['string', 'number', 'bigint', 'boolean'].includes(typeof value) ? String(value) : '');

  function stringify(values, between = '&', is = '=') {
    const pairs = Object.entries(values ?? {}).flatMap(([name, value]) =>
      (Array.isArray(value) ? value : [value]).map((it) => `${escape(name)}${is}${escape(shown(it))}`));
    return pairs.join(between);
  }

  function parse(text, between = '&', is = '=') {
    const made = Object.create(null);
    for (const part of String(text).split(between)) {
      if (part === '') continue;
      const at = part.indexOf(is);
      const [name, value] = (at < 0 ? [part, ''] : [part.slice(0, at), part.slice(at + is.length)])
        .map((it) => unescape(it.replaceAll('+', ' ')));
      if (!(name in made)) made[name] = value;
      else made[name] = [].concat(made[name], value);
    }
    return made;
  }

  module.exports = { stringify, parse, encode: stringify, decode: parse, escape, unescape };
})
