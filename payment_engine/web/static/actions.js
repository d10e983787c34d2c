// Actions of people on call: each asks for a reason, shows first what it would do, and is done only when that is confirmed.
import { textOf } from "./clock.js";
import { el, fill } from "./page.js";
import { ask, mayDo } from "./session.js";

const dialog = document.getElementById("act");

// A button that opens an action; disabled, with the roles it takes, for a person without them.
export function actionButton(action, done) {
  const allowed = mayDo(action.roles);
  return el("button", { type: "button", class: "small", disabled: !allowed,
    title: allowed ? null : `needs the role ${action.roles.join(" and ")}`, onclick: () => openAction(action, done) }, action.name);
}

function openAction(action, done) {
  const reason = el("input", { id: "act-reason", required: true, minlength: "3", maxlength: "120", autocomplete: "off" });
  const fields = (action.fields ?? []).map(actionField);
  const outcome = el("div", { role: "status" });
  const confirm = el("button", { type: "button", class: "main", disabled: true, onclick: () => send(false) }, "Do it");
  const preview = el("button", { class: "main" }, "Preview");
  const close = el("button", { type: "button", onclick: () => dialog.close() }, "Close");
  let finished = false;

  async function send(dry) {
    const given = fields.map(({ name, value, nullable }) => [name, value(), nullable]);
    const extra = Object.fromEntries(given.filter(([, each, nullable]) => nullable || each !== null));
    confirm.disabled = true;
    const body = { ...action.body, ...extra, reason: reason.value.trim(), dry_run: dry };
    const { content, problem } = await ask(action.verb ?? "POST", pathOf(action, body), body);
    fill(outcome, problem ? el("p", { class: "status bad" }, problem)
      : outcomeView(dry ? "This is what it would do" : "Done", content.outcome));
    confirm.disabled = !dry || Boolean(problem);
    finished = finished || (!dry && !problem);
    if (finished) preview.disabled = true;
    (dry && !problem ? confirm : close).focus();
  }

  const form = el("form", {}, el("h2", { id: "act-title" }, action.title), el("p", { class: "quiet" }, action.about),
    el("label", { for: "act-reason" }, "Reason, for the audit"), reason, ...fields.map((each) => each.element),
    el("div", { class: "choices" }, preview), outcome, el("div", { class: "choices" }, confirm, close));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send(true);
  });
  for (const each of [reason, ...form.querySelectorAll("input, select")]) {
    each.addEventListener("input", () => { confirm.disabled = true; });
  }
  fill(dialog, form);
  dialog.setAttribute("aria-labelledby", "act-title");
  dialog.onclose = () => {
    dialog.removeAttribute("aria-labelledby");
    fill(dialog);
    if (finished) done();
  };
  dialog.showModal();
  reason.focus();
}

// The address of an action; one of its fields may be the last part of it instead of a member of its body.
function pathOf({ path, inPath }, body) {
  if (!inPath) return path;
  const part = encodeURIComponent(body[inPath] ?? "");
  delete body[inPath];
  return `${path}/${part}`;
}

function actionField({ name, label, options, number, value, nullable }) {
  const id = `act-${name}`;
  const input = options ? el("select", { id }, ...options.map(([each, text]) => el("option", { value: each }, text)))
    : el("input", { id, inputmode: number ? "numeric" : null, autocomplete: "off", value });
  return { name, nullable, element: el("div", {}, el("label", { for: id }, label), input),
    value: () => readField(input.value.trim(), { options, number }) };
}

function readField(text, { options, number }) {
  if (text === "") return null;
  if (number) return Number(text);
  return options && (text === "true" || text === "false") ? text === "true" : text;
}

function outcomeView(title, outcome) {
  const facts = Object.entries(outcome).map(([name, value]) => el("div", {}, el("dt", {}, name.replaceAll("_", " ")),
    el("dd", {}, outcomeText(value))));
  return el("div", { class: "status good" }, el("p", {}, el("b", {}, title)), el("dl", { class: "facts" }, ...facts));
}

function outcomeText(value) {
  if (Array.isArray(value)) return value.map(outcomeText).join("; ") || "none";
  if (typeof value === "object" && value !== null) {
    return Object.entries(value).map(([name, each]) => `${name.replaceAll("_", " ")} ${outcomeText(each)}`).join(", ");
  }
  return textOf(value ?? "–");
}

const OPERATE = ["operate"];

export const syncAction = (id) => ({ name: "Sync", title: `Sync ${id}`, roles: OPERATE, path: `/v1/admin/attempts/${id}/sync`,
  about: "Asks the gateway now; its answer is applied like any other." });

export const resolveAction = (kind, id) => ({ name: "Resolve review", title: `End the review of ${id}`, roles: OPERATE,
  path: `/v1/admin/${kind}/${id}/resolve`, about: "The first person proposes it, a second one carries it out. No status changes." });

export const retryAction = (id) => ({ name: "Retry", title: `Retry ${id}`, roles: ["refund"], path: `/v1/admin/refunds/${id}/retry`,
  about: "Looks the refund up, and sends it again only if the gateway does not have it." });

const approvalActions = (id) => [
  { name: "Approve", title: `Approve ${id}`, roles: ["approve"], path: `/v1/admin/refunds/${id}/approve`,
    about: "It goes to its gateway at once, and cannot be undone. Not by whoever requested it." },
  { name: "Reject", title: `Reject ${id}`, roles: ["approve"], path: `/v1/admin/refunds/${id}/reject`,
    about: "Nothing is sent; its amount can be refunded again, and the shop hears of it." }];

// What can be done to a refund: one that waits for a second person is approved or rejected, any other is retried.
export const refundActions = ({ id, status }) => (status === "needs_approval" ? approvalActions(id) : [retryAction(id)]);

export const redeliverAction = (id) => ({ name: "Send again", title: `Send ${id} again`, roles: OPERATE,
  path: `/v1/admin/deliveries/${id}/replay`, about: "To the order service, with the same id." });

export const replayAction = (id) => ({ name: "Apply again", title: `Apply ${id} again`, roles: OPERATE,
  path: `/v1/admin/notices/${id}/replay`, about: "As if the webhook had just arrived." });

export const jobActions = (id) => [
  { name: "Resume", title: `Resume job ${id}`, roles: OPERATE, path: `/v1/admin/jobs/${id}/resume`, about: "Runs it now." },
  { name: "Drop", title: `Drop job ${id}`, roles: OPERATE, path: `/v1/admin/jobs/${id}/drop`,
    about: "Refused while what it is about is not decided." }];

export const pauseAction = (kind) => ({ name: "Pause", title: `Pause ${kind}`, verb: "PUT", roles: ["config", "platform"],
  path: `/v1/admin/job-kinds/${kind}`, about: "Workers leave its jobs alone; what an API process does at once goes on.",
  fields: [{ name: "paused_for", label: "For so many seconds (at most 21600; 0 ends it)", number: true, value: "600" }] });

export const stopAction = (id) => ({ name: "Stop", title: `Stop ${id}`, roles: OPERATE, path: `/v1/admin/bulk-actions/${id}/stop`,
  about: "After the batch that is under way; what is done stays done." });

export const routeAction = ({ gateway, method, weight }) => ({ name: "Set", title: `Set ${gateway} for ${method}`, verb: "PUT",
  roles: ["config", "platform"], path: `/v1/admin/routes/${gateway}/${method}`,
  about: "Follows in every process within a second. With a time, it is then as it was before.",
  fields: [{ name: "enabled", label: "Charges", options: [["", "as they are"], ["true", "pass"], ["false", "do not pass"]] },
    { name: "weight", label: `Weight (0 to 1000, now ${weight})`, number: true },
    { name: "expires_in", label: "For so many seconds (empty: for good)", number: true }] });

export const bannerAction = ({ audience }) => ({ name: "Set", title: `Banner for ${AUDIENCES[audience]}`, verb: "PUT",
  roles: audience === "own" ? ["config"] : ["config", "platform"], path: `/v1/admin/banners/${audience}`,
  about: "Stands above the ways to pay. Without a text, customers see nothing any longer.",
  fields: [{ name: "en", label: "Text in English (at most 200 characters)" }, { name: "hi", label: "Text in Hindi (empty: the English one)" },
    { name: "expires_in", label: "For so many seconds (at most 604800)", number: true, value: "3600" }] });

export const AUDIENCES = { everyone: "the customers of every merchant", own: "our own customers" };

export const weightAction = ({ gateway, method }) => ({ name: "Weigh apart", title: `Weigh ${gateway} for ${method} apart`, verb: "PUT",
  roles: ["config", "platform"], path: `/v1/admin/routes/${gateway}/${method}`, inPath: "provider",
  about: "For one bank, UPI app, wallet or card network. Without a weight, it is weighed as the method again.",
  fields: [{ name: "provider", label: "Bank, app, wallet or network (HDFC, gpay, rupay)" },
    { name: "weight", label: "Weight (0 to 1000, empty: as the method)", number: true, nullable: true },
    { name: "expires_in", label: "For so many seconds (empty: for good)", number: true }] });

// An action on all rows of a list, with the list's own filters.
export function bulkAction(name, path, roles, filters) {
  const { order, after, limit, ...chosen } = filters;
  const body = { ...chosen, ...(chosen.older_than ? { older_than: Number(chosen.older_than) } : {}) };
  return { name, title: name, roles, path, body, about: "Workers do it in batches; “Bulk actions” shows how far they are." };
}
