// ---- in-toto statements in DSSE envelopes, and what they say of the files ------------------

const STATEMENTS = /^attestations\/[^/]+\.dsse\.json$/;
const PAYLOAD_TYPE = "application/vnd.in-toto+json";
const STATEMENT = "https://in-toto.io/Statement/v1";
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const IDS = {
  "attestations/upload.dsse.json": ["data set", "dataset"],
  "attestations/training.dsse.json": ["run", "buildDefinition", "externalParameters", "id"],
}; // whose identifier a statement tells, and where in its predicate
const INSIDE_THE_INSTANCE = ["source/", "model/"]; // only their digests leave it

/** Checks an envelope and gives back its statement; `files` are the SHA-256 in hex of all files by name. */
async function checkStatement(bytes, name, publicKey, files, verify) {
  try {
    const envelope = readJson(bytes);
    if (member(envelope, "payloadType") !== PAYLOAD_TYPE) throw new TypeError("type");
    const payload = unbase64(member(envelope, "payload"));
    const message = joined(utf8(`DSSEv1 ${PAYLOAD_TYPE.length} ${PAYLOAD_TYPE} ${payload.length} `), payload);
    const signatures = the(member(envelope, "signatures"), "list").map((s) => unbase64(member(s, "sig")));
    if (!(await anyFits(signatures, publicKey, message, verify))) {
      throw new Broken(`The signature of the statement “${shown(name)}” does not fit.`);
    }
    const statement = readJson(payload, { fractions: true });
    if (member(statement, "_type") !== STATEMENT) throw new TypeError("type");
    for (const subject of the(member(statement, "subject"), "list")) {
      checkSubject(the(member(subject, "name"), "string"), member(subject, "digest"), name, files);
    }
    return statement;
  } catch (error) {
    if (error instanceof Broken) throw error;
    throw new Broken(`The statement “${shown(name)}” cannot be read.`);
  }
}

async function anyFits(signatures, publicKey, message, verify) {
  for (const signature of signatures) {
    if (await verify(publicKey, signature, message)) return true;
  }
  return false;
}

function checkSubject(file, digest, name, files) {
  if (files.has(file)) {
    if (member(digest, "sha256") !== files.get(file)) {
      throw new Broken(`The statement “${shown(name)}” is about another “${shown(file)}” than this pack's.`);
    }
  } else if (!INSIDE_THE_INSTANCE.some((folder) => file.startsWith(folder))) {
    throw new Broken(`The statement “${shown(name)}” is about “${shown(file)}”, which is not in this pack.`);
  }
}


/** Which data set or run a statement tells of, where it is one that does. */
function toldIds(name, statement) {
  if (!Object.hasOwn(IDS, name)) return [];
  const [what, ...path] = IDS[name];
  const within = (found, step) => (found instanceof Map ? found.get(step) : undefined);
  const found = ["predicate", ...path].reduce(within, statement);
  return typeof found === "string" && UUID.test(found) ? [`${what} ${found}`] : [];
}
