// The facts of a payment that a customer may want to quote: to read, copy and print.
import { el, showStatus } from "./page.js";
import { button } from "./stage.js";
import { language, t } from "./texts.js";

function time(iso) {
  return new Date(iso).toLocaleString(`${language()}-IN`, { dateStyle: "medium", timeStyle: "short" });
}

// The attempt whose money pays the order; a status document has none.
function paidBy({ attempts = [] }) {
  return attempts.find((one) => !one.conflict && ["captured", "authorized"].includes(one.status));
}

function facts(standing) {
  const attempt = paidBy(standing);
  return [
    [t("fact_amount"), standing.amount_display],
    [t("fact_order"), standing.order_id],
    attempt && [t("fact_method"), t(`method.${attempt.method}`)],
    attempt && attempt.rrn && [t("fact_rrn"), attempt.rrn],
    attempt && [t("fact_time"), time(attempt.created_at)],
    [t("fact_payment"), standing.id],
  ].filter(Boolean);
}

export function receipt(standing) {
  const rows = facts(standing);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(rows.map(([name, value]) => `${name}: ${value}`).join("\n"));
      showStatus(t("copied"), "good");
    } catch (error) {
      showStatus(t("not_copied"), "wait");
    }
  };
  const list = rows.map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value)));
  return [el("dl", { class: "receipt" }, ...list), el("div", { class: "two" },
    button(t("copy"), copy), button(t("print"), () => print()))];
}
