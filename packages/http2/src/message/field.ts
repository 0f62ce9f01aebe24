/**
 * Octets that a field name may hold: tchar (RFC 9110 §5.6.2) without upper case
 * (RFC 9113 §8.2.1). ":" in front is the business of the callers.
 */
const nameOctets = new Uint8Array(256);
for (const character of "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz") nameOctets[character.charCodeAt(0)] = 1;

export function isFieldName(name: string): boolean {
  for (let at = 0; at < name.length; at++) {
    if (nameOctets[name.charCodeAt(at)] !== 1) return false;
  }
  return name.length > 0;
}

/** No NUL, CR, LF or character beyond latin1, no blank at either end (RFC 9113 §8.2.1). */
export function isFieldValue(value: string): boolean {
  for (let at = 0; at < value.length; at++) {
    const octet = value.charCodeAt(at);
    if (octet < 0x20 ? octet !== 0x09 : octet === 0x7f || octet > 0xff) return false;
  }
  return !isBlank(value.charCodeAt(0)) && !isBlank(value.charCodeAt(value.length - 1));
}

function isBlank(octet: number): boolean {
  return octet === 0x20 || octet === 0x09;
}

/** RFC 9113 §8.2.2. "te" is allowed with the value "trailers" only. */
export function isConnectionSpecific(name: string, value: string): boolean {
  switch (name) {
    case "connection":
    case "keep-alive":
    case "proxy-connection":
    case "transfer-encoding":
    case "upgrade":
      return true;
    case "te":
      return value.toLowerCase() !== "trailers";
    default:
      return false;
  }
}
