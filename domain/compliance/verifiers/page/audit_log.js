// ---- The extract of the audit log: signed head, order, gaps, hashes, proofs (RFC 6962) -----

const counted = (number) => number.toLocaleString("en-US");

/** Checks the extract of the audit log; gives back one sentence on what it holds. */
async function checkAudit(bytes, publicKey, verify) {
  try {
    const extract = readJson(bytes);
    if (hex(hexed(member(extract, "public_key"))) !== hex(publicKey)) {
      throw new Broken("The audit log was signed with another key than the manifest.");
    }
    if (the(member(extract, "schema"), "number") !== 2) throw new TypeError("schema");
    const head = member(extract, "head");
    if (head !== null) await checkHead(head, publicKey, verify);
    const entries = the(member(extract, "entries"), "list");
    const indexes = entries.map((entry) => the(member(entry, "index"), "number"));
    checkPlaces(the(member(extract, "indexes"), "list"), indexes);
    let proved = 0;
    for (const entry of entries) proved += (await checkEntry(entry, head)) ? 1 : 0;
    if (head === null) return `Audit log: ${entries.length} entries are told; its signed head is left out.`;
    const size = counted(head.get("size"));
    return `Audit log: ${proved} of ${entries.length} entries are proved to be among its ${size}.`;
  } catch (error) {
    if (error instanceof Broken) throw error;
    throw new Broken("The extract of the audit log cannot be read.");
  }
}

async function checkHead(head, publicKey, verify) {
  const root = hex(hexed(member(head, "root"))), size = the(member(head, "size"), "number");
  const message = canonical(new Map([["root", root], ["size", size]]));
  if (the(member(head, "message"), "string") !== message) {
    throw new Broken("The head of the audit log was changed: its size or root is another.");
  }
  if (!(await verify(publicKey, hexed(member(head, "signature")), utf8(message)))) {
    throw new Broken("The signature of the head of the audit log does not fit.");
  }
}

function checkPlaces(promised, found) {
  for (let place = 1; place < found.length; place += 1) {
    const one = found[place - 1], other = found[place];
    if (one === other) throw new Broken(`Entry ${one} occurs twice in the extract.`);
    if (one > other) throw new Broken(`Entry ${one} stands before entry ${other}: the extract was reordered.`);
  }
  if (found.length < promised.length && found.every((index, place) => index === promised[place])) {
    throw new Broken(`The extract was cut off before entry ${promised[found.length]}.`);
  }
  const [here, there] = [new Set(found), new Set(promised)];
  for (const index of promised) {
    if (!here.has(the(index, "number"))) throw new Broken(`Entry ${index} is missing from the extract.`);
  }
  for (const index of found) {
    if (!there.has(index)) throw new Broken(`Entry ${index} was added to the extract.`);
  }
}

/** Whether an entry is proved to stand in the signed log. */
async function checkEntry(entry, head) {
  const index = entry.get("index");
  if (head !== null && !(index >= 0 && index < head.get("size"))) {
    throw new Broken(`Entry ${index} is later than the signed head of the log.`);
  }
  if (entry.has("withheld")) return false;
  const leaf = utf8(the(member(entry, "leaf"), "string"));
  const leafHash = await sha256(joined([0], leaf));
  if (hex(leafHash) !== member(entry, "leaf_hash")) {
    throw new Broken(`Entry ${index} was changed: its text does not match its hash.`);
  }
  if (the(member(readJson(leaf, { fractions: true }), "index"), "number") !== index) {
    throw new Broken(`Entry ${index} was renumbered: its text names another place.`);
  }
  const proof = member(entry, "proof");
  if (proof === null && !entry.get("note")) throw new Broken(`The proof of entry ${index} is missing.`);
  if (proof !== null) await checkProof(proof, index, leafHash, head);
  return proof !== null;
}

async function checkProof(proof, index, leafHash, head) {
  if (head === null || the(member(proof, "tree_size"), "number") !== head.get("size")) {
    throw new Broken(`The proof of entry ${index} is about another head of the log.`);
  }
  const path = the(member(proof, "path"), "list").map(hexed);
  const root = await rootFrom(path, index, head.get("size"), leafHash);
  if (root === null || hex(root) !== head.get("root")) {
    throw new Broken(`Entry ${index} is not in the signed log: its proof does not lead to the root.`);
  }
}

/** The root that an audit path leads to, or null for one of the wrong length (RFC 9162 §2.1.3.2). */
async function rootFrom(path, index, size, leafHash) {
  let place = index, last = size - 1, node = leafHash;
  const up = () => {
    place = Math.floor(place / 2);
    last = Math.floor(last / 2);
  };
  for (const sibling of path) {
    if (last === 0) return null;
    if (place % 2 === 1 || place === last) {
      node = await sha256(joined([1], sibling, node));
      while (place % 2 === 0 && place) up();
    } else {
      node = await sha256(joined([1], node, sibling));
    }
    up();
  }
  return last === 0 ? node : null;
}
