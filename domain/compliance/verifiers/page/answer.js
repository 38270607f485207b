// ---- What is said of an intact pack -----------------------------------------------------------

const COMPARE =
  "Compare it with the fingerprint that the sender publishes (at their address, under " +
  "/.well-known/synthetic-data-studio.json) or tells you by telephone; enter it above.";
const STRANGE = "The pack was signed by somebody else, not by the key you named.";

const inGroups = (digits) => digits.match(/.{1,4}/g).join(" ");

/** The verdict on an intact pack, how it is shown, and what else to say, digits apart. `key` are the 64
    digits that were entered, or none; `now` is the time (UTC, ISO 8601). */
async function answerTo(found, key, now) {
  const fingerprint = hex(await sha256(hexed(found.publicKey)));
  const signer = ["Fingerprint of the key that signed:", inGroups(fingerprint)];
  if (key && ![fingerprint, found.publicKey].includes(key)) return { kind: "bad", verdict: STRANGE, lines: [signer] };
  const expired = found.expiresAt !== null && found.expiresAt.slice(0, 19) <= now;
  const verdict = `Intact, signer ${key ? "" : "not "}verified${expired ? ", but expired" : ""}.`;
  const counted = `${found.files} files and ${found.statements} statements are as they were signed.`;
  const told = [dates(found, expired), about(found), counted, lacking(found), found.audit].filter(Boolean);
  const lines = [...told.map((text) => [text]), signer, ...(key ? [] : [[COMPARE]])];
  return { kind: key && !expired ? "good" : "warn", verdict, lines };
}

/** Which pack it is, and how long it may be relied on. */
function dates({ packId, createdAt, expiresAt }, expired) {
  const which = `Pack ${packId}, sealed on ${createdAt.slice(0, 10)}`;
  if (expiresAt === null) return `${which}; it does not say until when it may be relied on.`;
  const until = expiresAt.slice(0, 10);
  if (expired) return `${which}, was to be relied on until ${until}: ask the sender for a newer one.`;
  return `${which}, to be relied on until ${until}.`;
}

/** What its statements say it was made of. */
const about = (found) => found.about.length ? `It is about ${found.about.join(", ")}.` : "";

/** What was never in it, though the product puts it into every pack. */
const lacking = (found) => found.lacks.length ? `It lacks what other packs have: ${found.lacks.join(", ")}.` : "";
