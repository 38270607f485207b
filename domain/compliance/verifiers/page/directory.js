// ---- The directory of a zip, in the one form in which packs have it (APPNOTE.TXT 6.3.10) ----
//
// The format tells of a file in up to three places, and programs differ in which they believe: so
// each place must say the same, and nothing else may stand anywhere.

const MAX_FILES = 10_000, MAX_DIRECTORY = 16 * 2 ** 20;
const LARGE = 0xffffffff; // stands for a number of 64 bits, told elsewhere
const WIDE_FROM = 2 ** 31; // from here on some programs tell numbers in 64 bits
const NOT_ZIP = "This is not a zip file, or it was cut off.";
const ODD_END = "The end of the zip does not fit its directory: do not unpack it.";

/** The first break was found; the text names it in one sentence. */
class Broken extends Error {}

const END = [4, 2, 2, 2, 2, 4, 4, 2];
const LARGE_END = [4, 8, 4, 4, 4, 8, 8, 8, 8, 4, 4, 8, 4]; // with the locator behind it

/** Little-endian numbers of so many bytes each. */
function numbers(view, at, widths) {
  const read = { 2: "getUint16", 4: "getUint32", 8: "getBigUint64" };
  return widths.map((width) => {
    const number = Number(view[read[width]](at, true));
    at += width;
    return number;
  });
}

function bytesOf(widths, values) {
  const view = new DataView(new ArrayBuffer(widths.reduce((sum, width) => sum + width)));
  let at = 0;
  widths.forEach((width, place) => {
    if (width === 2) view.setUint16(at, values[place], true);
    else if (width === 4) view.setUint32(at, values[place], true);
    else view.setBigUint64(at, BigInt(values[place]), true);
    at += width;
  });
  return new Uint8Array(view.buffer);
}

const alike = (one, other) => one.length === other.length && one.every((item, place) => item === other[place]);

async function bytesAt(file, start, size) {
  return new Uint8Array(await file.slice(start, start + size).arrayBuffer());
}

/** What it says of every file, and where it begins. */
async function readDirectory(file) {
  const [count, length, start] = await readEnd(file);
  if (count > MAX_FILES) throw new Broken("The zip has more than 10,000 files: this is no pack.");
  if (length > MAX_DIRECTORY) throw new Broken(ODD_END);
  const entries = entriesOf(await bytesAt(file, start, length));
  if (entries.length !== count) throw new Broken(ODD_END);
  return [entries, start];
}

/** How many files the directory names, how long it is, and where it begins. */
async function readEnd(file) {
  const from = Math.max(0, file.size - 65557);
  const tail = new DataView((await bytesAt(file, from, 65557)).buffer);
  const at = lastEnd(tail);
  if (at < 0 || tail.byteLength - at < 22) throw new Broken(NOT_ZIP);
  const small = numbers(tail, at, END);
  if (at !== tail.byteLength - 22 || small[7] !== 0) throw new Broken("Bytes were added after the end of the zip.");
  const wide = at >= 76 && tail.getUint32(at - 20, true) === 0x07064b50 ? numbers(tail, at - 76, LARGE_END) : null;
  const [count, length, start] = wide ? wide.slice(6, 9) : small.slice(4, 7);
  const fits = start + length + (wide ? 98 : 22) === file.size && alike(small, endOf(count, length, start));
  if (!fits || (wide && !needed(wide))) throw new Broken(ODD_END);
  return [count, length, start];
}

function lastEnd(tail) {
  for (let at = tail.byteLength - 4; at >= 0; at -= 1) {
    if (tail.getUint32(at, true) === 0x06054b50) return at;
  }
  return -1;
}

/** What has to stand behind such a directory. */
function endOf(count, length, start) {
  return [0x06054b50, 0, 0, count, count, Math.min(length, LARGE), Math.min(start, LARGE), 0];
}

/** Whether the end in 64 bits is needed, and says one thing. */
function needed(wide) {
  const [count, length, start] = wide.slice(6, 9), versions = wide[2];
  const told = [0x06064b50, 44, versions, 0, 0, count, count, length, start, 0x07064b50, 0, start + length, 1];
  return Math.max(length, start) >= WIDE_FROM && alike(wide, told);
}

/** Entry after entry, up to the end of the directory. */
function entriesOf(directory) {
  const found = [], view = new DataView(directory.buffer);
  let at = 0;
  while (at < directory.length) {
    if (directory.length - at < 46 || view.getUint32(at, true) !== 0x02014b50) throw new Broken(ODD_END);
    const [name, extra, comment] = numbers(view, at + 28, [2, 2, 2]);
    found.push(entryOf(directory, at, name, extra, comment));
    at += 46 + name + extra + comment;
  }
  if (at > directory.length) throw new Broken(ODD_END);
  return found;
}

function entryOf(directory, at, nameLength, extraLength, comment) {
  const view = new DataView(directory.buffer), extraAt = at + 46 + nameLength;
  const [flags, method] = numbers(view, at + 8, [2, 2]);
  const [crc, packed, size] = numbers(view, at + 16, [4, 4, 4]);
  const [disk, , attributes, header] = numbers(view, at + 34, [2, 2, 4, 4]);
  const told = [size, packed, header];
  const wide = widened(told, directory.slice(extraAt, extraAt + extraLength));
  const rawName = directory.slice(at + 46, extraAt);
  return {
    rawName, flags, method, crc, attributes, disk,
    name: new TextDecoder("utf-8", { ignoreBOM: true }).decode(rawName),
    same: directory.slice(at + 8, at + 16), // flags, method, time and date stand before the file too
    size: (wide ?? told)[0],
    packed: (wide ?? told)[1],
    header: (wide ?? told)[2],
    described: (flags & 8) !== 0, // its sizes stand behind its bytes instead of before them
    more: wide === null || comment > 0,
  };
}

/** The numbers, from the 64-bit field for those that 32 bits do not hold; or null. */
function widened(told, extra) {
  const count = told.filter((number) => number === LARGE).length;
  if (!count) return extra.length ? null : told;
  if (extra.length !== 4 + 8 * count || !alike(extra.slice(0, 4), bytesOf([2, 2], [1, 8 * count]))) return null;
  const found = numbers(new DataView(extra.buffer), 4, Array(count).fill(8));
  if (Math.max(...found) < WIDE_FROM) return null;
  return told.map((number) => (number === LARGE ? found.shift() : number));
}

/** All that may stand before the bytes of a file: what the directory says, in 32 or 64 bits, or zeros
    where a descriptor follows. The `version` that it takes to read them may be another: it depends on
    whether there are 64 bits in the same place. */
function localHeaders(entry, version) {
  const [crc, packed, size] = entry.described ? [0, 0, 0] : [entry.crc, entry.packed, entry.size];
  const wide = bytesOf([2, 2, 8, 8], [1, 16, size, packed]), none = new Uint8Array(0);
  const forms = [localHeader(entry, version, [crc, LARGE, LARGE], wide)];
  if (Math.max(entry.packed, entry.size) < LARGE) forms.push(localHeader(entry, version, [crc, packed, size], none));
  if (entry.described) forms.push(localHeader(entry, version, [0, 0, 0], wide)); // Python's before 3.11.4
  return forms;
}

function localHeader({ same, rawName }, version, told, extra) {
  const numbersTold = bytesOf([4, 4, 4, 2, 2], [...told, rawName.length, extra.length]);
  return joined(bytesOf([4], [0x04034b50]), version, same, numbersTold, rawName, extra);
}

/** What stands behind the bytes of a file whose sizes do not stand before them. */
function descriptorOf({ crc, packed, size }, wide) {
  return bytesOf(wide ? [4, 4, 8, 8] : [4, 4, 4, 4], [0x08074b50, crc, packed, size]);
}
