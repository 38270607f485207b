// ---- JSON that every reader reads alike, and its canonical form (RFC 8785) -----------------

const DEEPEST = 64;

class JsonReader {
  constructor(text, fractions) {
    this.text = text;
    this.fractions = fractions;
    this.at = 0;
  }

  whole() {
    const value = this.value(0);
    this.space();
    if (this.at !== this.text.length) throw new SyntaxError("more follows");
    return value;
  }

  value(depth) {
    if (depth >= DEEPEST) throw new SyntaxError("too deep");
    this.space();
    const first = this.text[this.at];
    if (first === "{") return this.object(depth);
    if (first === "[") return this.list(depth);
    if (first === '"') return this.string();
    for (const [word, meaning] of [["true", true], ["false", false], ["null", null]]) {
      if (this.text.startsWith(word, this.at)) {
        this.at += word.length;
        return meaning;
      }
    }
    return this.number();
  }

  object(depth) {
    const found = new Map();
    this.members("}", () => {
      this.space();
      if (depth + 1 >= DEEPEST) throw new SyntaxError("too deep");
      const name = this.string();
      this.space();
      this.take(":");
      if (found.has(name)) throw new SyntaxError("named twice");
      found.set(name, this.value(depth + 1));
    });
    return found;
  }

  list(depth) {
    const found = [];
    this.members("]", () => found.push(this.value(depth + 1)));
    return found;
  }

  members(end, read) {
    this.at += 1;
    this.space();
    if (this.text[this.at] === end) {
      this.at += 1;
      return;
    }
    for (;;) {
      read();
      this.space();
      if (this.text[this.at] === end) break;
      this.take(",");
    }
    this.at += 1;
  }

  string() {
    const start = this.at;
    this.take('"');
    for (let code; (code = this.text.charCodeAt(this.at)) !== 34; this.at += code === 92 ? 2 : 1) {
      if (!(code >= 32)) throw new SyntaxError("not a text");
    }
    this.at += 1;
    const text = JSON.parse(this.text.slice(start, this.at));
    if (/\p{Surrogate}/u.test(text)) throw new SyntaxError("half a character");
    return text;
  }

  number() {
    const digits = /-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?/y;
    digits.lastIndex = this.at;
    const found = digits.exec(this.text);
    if (!found) throw new SyntaxError("not a value");
    this.at += found[0].length;
    const number = Number(found[0]);
    const plain = !found[1] && !found[2] && Number.isSafeInteger(number);
    if (!plain && !this.fractions) throw new SyntaxError("not a whole number");
    return number;
  }

  space() {
    while (" \t\n\r".includes(this.text[this.at] ?? "x")) this.at += 1;
  }

  take(character) {
    if (this.text[this.at] !== character) throw new SyntaxError(`no ${character}`);
    this.at += 1;
  }
}

function readJson(bytes, { fractions = false } = {}) {
  const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  return new JsonReader(text, fractions).whole();
}

/** Objects are Maps: their members keep the order of the file. */
function canonical(value) {
  if (value instanceof Map) {
    const names = [...value.keys()].sort(); // by UTF-16 code units, as RFC 8785 has it
    return `{${names.map((name) => `${JSON.stringify(name)}:${canonical(value.get(name))}`).join(",")}}`;
  }
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  return JSON.stringify(value);
}

function the(value, kind) {
  const found = Array.isArray(value) ? "list" : value instanceof Map ? "object" : typeof value;
  if (found !== kind || (kind === "number" && !Number.isSafeInteger(value))) throw new TypeError(kind);
  return value;
}

/** A member of an object; a TypeError where there is none. */
function member(object, name) {
  if (!the(object, "object").has(name)) throw new TypeError(name);
  return object.get(name);
}

function hexed(text) {
  if (the(text, "string").length % 2 || /[^0-9a-f]/.test(text)) throw new TypeError("hex");
  return Uint8Array.from(text.match(/../g) ?? [], (digits) => parseInt(digits, 16));
}

function unbase64(text) {
  const digits = the(text, "string").replace(/={1,2}$/, "");
  if (text.length % 4 || /[^A-Za-z0-9+/]/.test(digits)) throw new TypeError("base64");
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}
