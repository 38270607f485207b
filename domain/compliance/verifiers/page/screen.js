// ---- What is seen --------------------------------------------------------------------------

const at = (id) => document.getElementById(id);
const WITHOUT_ED25519 =
  "Every hash fits, but this browser cannot check Ed25519 signatures, so nothing is proved: use verify.py, " +
  "or a newer Chromium, Firefox or Safari.";

let found = null; // what the last check found
let running = 0; // the number of the newest check: an older one is no longer shown

function pinned() {
  return at("key").value.replace(/[\s:-]/g, "").toLowerCase();
}

function say(kind, sentence) {
  at("verdict").className = `note ${kind}`;
  at("verdict").textContent = sentence;
}

function paragraph([text, digits]) {
  const made = document.createElement("p");
  made.append(text);
  if (digits) {
    const shownDigits = document.createElement("span");
    shownDigits.className = "digits";
    shownDigits.textContent = digits;
    made.append(" ", shownDigits);
  }
  return made;
}

/** Says what was found; called again when the fingerprint changes. */
async function answer() {
  const key = pinned(), wrong = key !== "" && !/^[0-9a-f]{64}$/.test(key);
  at("key-problem").hidden = !wrong;
  at("key-problem").textContent = wrong ? "A fingerprint has 64 hexadecimal digits." : "";
  at("key").setAttribute("aria-invalid", String(wrong));
  if (found === null) return;
  at("more").replaceChildren();
  if (found.firstBreak !== null) return say("bad", found.firstBreak);
  if (!found.signed) return say("warn", WITHOUT_ED25519);
  const asked = found;
  const told = await answerTo(asked, wrong ? "" : key, new Date().toISOString().slice(0, 19));
  if (found !== asked || pinned() !== key) return; // another pack or key has come meanwhile
  say(told.kind, told.verdict);
  at("more").replaceChildren(...told.lines.map(paragraph));
}

/** Shows the state of every file as it becomes known. */
function fileList() {
  const rows = new Map();
  at("files").hidden = true;
  at("files").tBodies[0].replaceChildren();
  return (name, state, size) => {
    if (!rows.has(name)) rows.set(name, newRow(name, size));
    const mark = rows.get(name);
    mark.textContent = state;
    mark.className = `state ${{ "as signed": "good", waiting: "" }[state] ?? "bad"}`;
    at("files").hidden = false;
  };
}

function newRow(name, size) {
  const row = at("files").tBodies[0].insertRow();
  const head = document.createElement("th");
  head.scope = "row";
  head.textContent = shown(name);
  const bytes = document.createElement("td");
  bytes.className = "number";
  bytes.textContent = counted(size);
  const mark = document.createElement("span");
  row.append(head, bytes);
  row.insertCell().append(mark);
  return mark;
}

async function check(file) {
  const mine = (running += 1), state = fileList();
  const watch = {
    state: (...told) => mine === running && state(...told),
    progress: (share) => { if (mine === running) at("progress").value = share; },
  };
  found = null;
  at("answer").hidden = false;
  at("answer-title").textContent = shown(file.name);
  at("more").replaceChildren();
  at("progress").value = 0;
  at("progress").hidden = false;
  say("busy", "Checking …");
  at("answer-title").focus();
  const outcome = await checked(file, watch);
  if (mine !== running) return;
  at("progress").hidden = true;
  if (outcome.unchecked) say("warn", outcome.unchecked);
  else found = outcome;
  await answer();
}

async function checked(file, watch) {
  try {
    return await checkPack(file, watch);
  } catch {
    return { unchecked: "The file could not be read; choose it again, or use verify.py." };
  }
}

addEventListener("dragover", (event) => {
  event.preventDefault();
  at("drop").classList.add("over");
});
addEventListener("dragleave", () => at("drop").classList.remove("over"));
addEventListener("drop", (event) => {
  event.preventDefault();
  at("drop").classList.remove("over");
  const [file] = event.dataTransfer.files;
  if (file) check(file);
});
at("pack").addEventListener("change", (event) => {
  const [file] = event.target.files;
  if (file) check(file);
});
at("key").addEventListener("input", answer);
