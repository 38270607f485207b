// ---- The whole check: manifest, signature, names, hashes, and then what the files say ------

const MANIFEST = "manifest.json", AUDIT = "audit.json";
const MOMENT = /^[0-9]{4}(-[0-9]{2}){2}T[0-9]{2}(:[0-9]{2}){2}(\.[0-9]+)?\+00:00$/; // their texts sort as times do
const IN_EVERY_PACK = [
  ...["upload", "training", "sampling", "export"].map((step) => `attestations/${step}.dsse.json`),
  AUDIT,
];
const MAX_MANIFEST = 8 * 2 ** 20, MAX_DOCUMENT = 16 * 2 ** 20;

/**
 * Checks a pack. `watch.state(name, state, size)` hears of every file and `watch.progress(share)` of
 * how far it is. Where the browser has no Ed25519, hashes are checked and `signed` is false.
 */
async function checkPack(file, watch = { state() {}, progress() {} }) {
  const found = { firstBreak: null, signed: await knowsEd25519() };
  const verify = found.signed ? fits : async () => true;
  try {
    const zip = await Zip.open(file);
    const manifest = await readManifest(zip);
    await checkManifest(manifest, verify);
    const harm = [...checkNames(zip, manifest, watch), ...(await checkFiles(zip, manifest, verify, watch))];
    if (harm.length) throw new Broken(harm[0]);
    return { ...found, ...(await checkDocuments(zip, manifest, verify)) };
  } catch (error) {
    if (!(error instanceof Broken)) throw error;
    return { ...found, firstBreak: error.message };
  }
}

async function readManifest(zip) {
  if (!zip.names.includes(MANIFEST)) throw new Broken(`The file “${MANIFEST}” is missing.`);
  try {
    const document = readJson(await gathered(zip.chunks(MANIFEST), MAX_MANIFEST));
    if (the(member(document, "schema"), "number") !== 1) throw new TypeError("schema");
    const expires = document.has("expires_at") ? member(document, "expires_at") : member(document, "created_at");
    const moments = [member(document, "created_at"), expires];
    if (!UUID.test(the(member(document, "pack_id"), "string"))) throw new TypeError("pack_id");
    if (!moments.every((moment) => MOMENT.test(the(moment, "string")))) throw new TypeError("time");
    const files = new Map();
    for (const [name, record] of the(member(document, "files"), "object")) {
      const sha256 = the(member(record, "sha256"), "string");
      files.set(name, { sha256, size: the(member(record, "size"), "number") });
    }
    if (files.size > MAX_FILES) throw new TypeError("files");
    const [publicKey, signature] = ["public_key", "signature"].map((name) => hexed(member(document, name)));
    return { document, files, publicKey, signature };
  } catch {
    throw new Broken(`The file “${MANIFEST}” cannot be read.`);
  }
}

async function checkManifest({ document, publicKey, signature }, verify) {
  const message = utf8(canonical(new Map([...document].filter(([name]) => name !== "signature"))));
  if (!(await verify(publicKey, signature, message))) {
    throw new Broken(`The file “${MANIFEST}” was changed: its signature does not fit.`);
  }
}

function checkNames(zip, manifest, watch) {
  const missing = [...manifest.files.keys()].filter((name) => !zip.entries.has(name));
  const added = zip.names.filter((name) => name !== MANIFEST && !manifest.files.has(name));
  for (const name of manifest.files.keys()) watch.state(name, "waiting", manifest.files.get(name).size);
  for (const name of missing) watch.state(name, "missing", manifest.files.get(name).size);
  for (const name of added) watch.state(name, "added", zip.size(name));
  return [
    ...missing.map((name) => `The file “${shown(name)}” is missing.`),
    ...added.map((name) => `The file “${shown(name)}” was added: the manifest has no such file.`),
  ];
}

async function checkFiles(zip, manifest, verify, watch) {
  const harm = [], tell = telling(manifest, watch);
  for (const [name, { sha256, size }] of manifest.files) {
    if (!zip.entries.has(name)) continue;
    const fits = await matches(zip, name, sha256, size, tell);
    watch.state(name, fits ? "as signed" : "changed", size);
    if (fits) continue;
    const entry = name === AUDIT ? await inTheLog(zip, manifest.publicKey, verify) : "";
    harm.push(`The file “${shown(name)}” was changed${entry}.`);
  }
  return harm;
}

async function matches(zip, name, sha256, size, tell) {
  if (zip.size(name) !== size) return false;
  try {
    return (await hashed(zip.chunks(name), size, tell)) === sha256;
  } catch {
    return false; // what cannot be unpacked is not as it was signed
  }
}

/** Tells how far it is, and lets the page breathe ten times a second. */
function telling(manifest, watch) {
  const all = [...manifest.files.values()].reduce((sum, { size }) => sum + size, 0);
  let done = 0, breath = performance.now();
  return async (read) => {
    done += read;
    if (performance.now() - breath < 100) return;
    watch.progress(Math.min(1, done / all));
    await new Promise((go) => setTimeout(go));
    breath = performance.now();
  };
}

async function checkDocuments(zip, manifest, verify) {
  const { document, files, publicKey } = manifest;
  const audit = files.has(AUDIT) ? await checkAudit(await documentOf(zip, AUDIT), publicKey, verify) : "";
  const digests = new Map([...files].map(([name, record]) => [name, record.sha256]));
  const statements = [...files.keys()].filter((name) => STATEMENTS.test(name)), about = [];
  for (const name of statements) {
    const statement = await checkStatement(await documentOf(zip, name), name, publicKey, digests, verify);
    about.push(...toldIds(name, statement));
  }
  return {
    packId: document.get("pack_id"),
    createdAt: document.get("created_at"),
    expiresAt: document.get("expires_at") ?? null,
    about,
    files: files.size,
    statements: statements.length,
    lacks: IN_EVERY_PACK.filter((name) => !files.has(name)),
    audit,
    publicKey: hex(publicKey),
  };
}

/** Which entry it was, where the changed file is the extract of the audit log. */
async function inTheLog(zip, publicKey, verify) {
  try {
    await checkAudit(await documentOf(zip, AUDIT), publicKey, verify);
  } catch (error) {
    const why = error instanceof Broken ? error.message : "";
    return why && ` (${why[0].toLowerCase()}${why.slice(1, -1)})`;
  }
  return "";
}

async function documentOf(zip, name) {
  try {
    return await gathered(zip.chunks(name), MAX_DOCUMENT);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new Broken(`The file “${shown(name)}” is too large to be what it is called.`);
  }
}

async function gathered(chunks, most) {
  const parts = [];
  let size = 0;
  for await (const chunk of chunks) {
    size += chunk.length;
    if (size > most) throw new RangeError("too large");
    parts.push(chunk);
  }
  return joined(...parts);
}
