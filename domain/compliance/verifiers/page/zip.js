// ---- A zipped pack: its frame, and the bytes of its files ----------------------------------

const PLAUSIBLE_SIZE = 2 ** 30, PLAUSIBLE_RATIO = 100;
const LONGEST_NAME = 255;
const STORED = 0, DEFLATED = 8;
const ENCRYPTED = 0x2041; // encrypted, strongly encrypted, masked
const KNOWN_FLAGS = 0x80e; // how hard it was packed, a descriptor follows, the name is UTF-8
const OVERLAP = "Files of the zip overlap: do not unpack it.";

const hasHidden = (name) => /[\p{C}\p{Z}]/u.test(name.replaceAll(" ", ""));

/** A hostile name made fit to be shown. */
function shown(name) {
  const letters = Array.from(name, (letter) => (hasHidden(letter) ? "?" : letter));
  return letters.length <= 80 ? letters.join("") : `${letters.slice(0, 77).join("")}…`;
}

function isSafeName(name) {
  const length = Array.from(name).length;
  if (length === 0 || length > LONGEST_NAME || hasHidden(name) || /[\\:*?"<>|;]/.test(name)) return false;
  return name.split("/").every((part) => part && part === part.trim().replace(/\.+$/, ""));
}

/** Names that are one file on systems that do not tell capitals from small letters. */
const folded = (name) => Array.from(name, foldedLetter).join("");
const foldedLetter = (c) => (c === "ı" ? c : c.toLowerCase().toUpperCase().toLowerCase());

class Zip {
  static async open(file) {
    const zip = new Zip(), [entries, directoryAt] = await readDirectory(file);
    zip.file = file;
    checkEntries(entries);
    zip._checkFrame(entries);
    await zip._checkTiles(entries, directoryAt);
    zip.entries = new Map(entries.map((entry) => [entry.name, entry]));
    zip.names = [...zip.entries.keys()];
    return zip;
  }

  size(name) {
    return this.entries.get(name).size;
  }

  async *chunks(name) {
    const { start, packed, method } = this.entries.get(name);
    let stream = this.file.slice(start, start + packed).stream();
    if (method === DEFLATED) stream = stream.pipeThrough(new DecompressionStream("deflate-raw"));
    const reader = stream.getReader();
    try {
      for (let step; !(step = await reader.read()).done; ) yield step.value;
    } finally {
      reader.cancel().catch(() => {}); // a stream that broke has nothing to cancel
    }
  }

  _checkFrame(entries) {
    const sum = (member) => entries.reduce((total, entry) => total + entry[member], 0);
    const first = entries.reduce((least, entry) => Math.min(least, entry.header), Infinity);
    if (entries.length && first !== 0) throw new Broken("Bytes were added before the first file of the zip.");
    if (sum("packed") > this.file.size) throw new Broken(OVERLAP);
    if (sum("size") > Math.max(PLAUSIBLE_SIZE, PLAUSIBLE_RATIO * this.file.size)) {
      throw new Broken("The zip unpacks to implausibly much: do not unpack it.");
    }
  }

  /** Files lie one after the other up to the directory: none hides between them. */
  async _checkTiles(entries, directoryAt) {
    let end = 0;
    for (const entry of [...entries].sort((one, other) => one.header - other.header)) {
      checkGap(entry.header - end);
      end = await this._place(entry);
    }
    checkGap(directoryAt - end);
  }

  /** Finds where a file's bytes begin; gives back where what is told of it ends. */
  async _place(entry) {
    const widest = 30 + entry.rawName.length + 20;
    const found = await bytesAt(this.file, entry.header, widest);
    const header = localHeaders(entry, found.slice(4, 6)).find((told) => alike(told, found.slice(0, told.length)));
    if (!header) throw twoThings(entry);
    entry.start = entry.header + header.length;
    const end = entry.start + entry.packed;
    if (!entry.described) return end;
    const behind = descriptorOf(entry, header.length === widest);
    if (!alike(behind, await bytesAt(this.file, end, behind.length))) throw twoThings(entry);
    return end + behind.length;
  }
}

function twoThings({ name }) {
  return new Broken(`The zip says two things of the file “${shown(name)}”: do not unpack it.`);
}

function checkGap(gap) {
  if (gap < 0) throw new Broken(OVERLAP);
  if (gap > 0) throw new Broken("Bytes lie hidden between the files of the zip: do not unpack it.");
}

/** Every file is a plain one with a name of its own, packed as packs are. */
function checkEntries(entries) {
  const seen = new Set();
  for (const entry of entries) {
    const name = shown(entry.name);
    if (!isPlainName(entry)) throw new Broken(`The file name “${name}” is unsafe: do not unpack this zip.`);
    if (seen.has(folded(entry.name))) throw new Broken(`The file “${name}” occurs twice.`);
    if (!isPlainFile(entry)) throw new Broken(`“${name}” is no plain file: do not unpack this zip.`);
    if (entry.flags & ENCRYPTED) throw new Broken(`The file “${name}” is encrypted, which files of packs never are.`);
    if (isOddlyPacked(entry)) throw new Broken(`The file “${name}” is packed in a way that packs do not use.`);
    if (entry.more) throw new Broken(`The zip says more of the file “${name}” than packs do: do not unpack it.`);
    seen.add(folded(entry.name));
  }
}

/** Whether every reader finds the same name in the same bytes, and a safe one. */
function isPlainName({ rawName, name, flags }) {
  const oneAlphabet = rawName.every((byte) => byte < 128) || (flags & 0x800) !== 0;
  return oneAlphabet && alike(utf8(name), rawName) && isSafeName(name);
}

/** Whether it is no link, device or folder to any system. */
function isPlainFile({ attributes }) {
  return [0, 0o100000].includes((attributes >>> 16) & 0o170000) && !(attributes & 0x10);
}

/** Whether its bytes are not simply stored or deflated, with an end that every reader finds. */
function isOddlyPacked({ method, flags, described, disk }) {
  const endless = method === STORED && described;
  return endless || ![STORED, DEFLATED].includes(method) || (flags & ~KNOWN_FLAGS) !== 0 || disk !== 0;
}
