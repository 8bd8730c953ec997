// Text in UTF-8, which the runtime has no `TextDecoder` and `TextEncoder` for.

/** As many arguments as a call takes without growing its stack much. */
const CHUNK = 4096;

/**
 * The text that these bytes are.
 *
 * @throws URIError if they are no UTF-8.
 */
export function decode(bytes: Uint8Array): string {
  let binary = '';
  for (let at = 0; at < bytes.length; at += CHUNK) {
    binary += String.fromCharCode(...bytes.subarray(at, at + CHUNK));
  }
  // Only what is not ASCII takes two looks: `escape` writes each byte as `%XX`, and the other side reads UTF-8.
  return /[\x80-\xff]/.test(binary) ? decodeURIComponent(escape(binary)) : binary;
}

/**
 * The bytes of a text.
 *
 * @throws URIError if it has half a character.
 */
export function encode(text: string): Uint8Array {
  const binary = /[^\x00-\x7f]/.test(text) ? unescape(encodeURIComponent(text)) : text;
  const bytes = new Uint8Array(binary.length);
  for (let at = 0; at < binary.length; at++) bytes[at] = binary.charCodeAt(at);
  return bytes;
}
