// ---- SHA-256 (FIPS 180-4) of files of any size, and Ed25519 (RFC 8032) ---------------------

const AT_ONCE = 128 * 2 ** 20; // larger files are hashed piece by piece, in bounded memory

const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
const utf8 = (text) => new TextEncoder().encode(text);

function joined(...parts) {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

async function sha256(bytes) {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
}

/** First 32 bits of the fractional part of a root of each of the first primes. */
function fractions(count, root) {
  const found = [];
  for (let n = 2; found.length < count; n += 1) {
    let prime = true;
    for (let d = 2; d * d <= n; d += 1) prime = prime && n % d !== 0;
    if (prime) found.push(Math.floor((root(n) % 1) * 2 ** 32));
  }
  return Int32Array.from(found, (word) => word | 0);
}

/** SHA-256 piece by piece: the browser's own takes whole files only. */
class Sha256 {
  static K = fractions(64, Math.cbrt);

  constructor() {
    this.state = fractions(8, Math.sqrt);
    this.words = new Int32Array(64);
    this.waiting = new Uint8Array(64);
    this.size = 0;
  }

  update(bytes) {
    let at = 0;
    while (at < bytes.length) {
      const filled = this.size % 64;
      const more = Math.min(64 - filled, bytes.length - at);
      if (more === 64) {
        this._block(bytes, at);
      } else {
        this.waiting.set(bytes.subarray(at, at + more), filled);
        if (filled + more === 64) this._block(this.waiting, 0);
      }
      at += more;
      this.size += more;
    }
  }

  digest() {
    const size = this.size;
    const padding = new Uint8Array(((119 - (size % 64)) % 64) + 9);
    padding[0] = 0x80;
    const length = new DataView(padding.buffer, padding.length - 8);
    length.setUint32(0, Math.floor(size / 2 ** 29));
    length.setUint32(4, (size * 8) % 2 ** 32);
    this.update(padding);
    const out = new DataView(new ArrayBuffer(32));
    this.state.forEach((word, place) => out.setInt32(4 * place, word));
    return new Uint8Array(out.buffer);
  }

  _block(bytes, at) {
    const w = this.words, k = Sha256.K, s = this.state;
    for (let t = 0, p = at; t < 16; t += 1, p += 4) {
      w[t] = (bytes[p] << 24) | (bytes[p + 1] << 16) | (bytes[p + 2] << 8) | bytes[p + 3];
    }
    for (let t = 16; t < 64; t += 1) {
      const x = w[t - 15], y = w[t - 2];
      const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
      const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
      w[t] = (w[t - 16] + s0 + w[t - 7] + s1) | 0;
    }
    let a = s[0], b = s[1], c = s[2], d = s[3], e = s[4], f = s[5], g = s[6], h = s[7];
    for (let t = 0; t < 64; t += 1) {
      const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
      const one = (h + s1 + ((e & f) ^ (~e & g)) + k[t] + w[t]) | 0;
      const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
      const two = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      h = g; g = f; f = e; e = (d + one) | 0; d = c; c = b; b = a; a = (one + two) | 0;
    }
    s[0] += a; s[1] += b; s[2] += c; s[3] += d; s[4] += e; s[5] += f; s[6] += g; s[7] += h;
  }
}

/** The SHA-256 in hex of a stream, or null where it has another size than was promised. */
async function hashed(chunks, size, tell) {
  const whole = new Sha256(), kept = [];
  let read = 0;
  for await (const chunk of chunks) {
    read += chunk.length;
    if (read > size) return null;
    if (size <= AT_ONCE) kept.push(chunk);
    else whole.update(chunk);
    await tell(chunk.length);
  }
  if (read !== size) return null;
  return hex(size <= AT_ONCE ? await sha256(joined(...kept)) : whole.digest());
}

/** Whether this browser checks Ed25519 signatures: the first example of RFC 8032 §7.1. */
async function knowsEd25519() {
  const key = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
  const signature =
    "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b4" +
    "6bd25bf5f0595bbe24655141438e7a100b";
  return fits(hexed(key), hexed(signature), new Uint8Array(0));
}

async function fits(publicKey, signature, message) {
  try {
    const key = await crypto.subtle.importKey("raw", publicKey, "Ed25519", false, ["verify"]);
    return await crypto.subtle.verify("Ed25519", key, signature, message);
  } catch {
    return false;
  }
}
