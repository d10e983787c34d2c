// Whose checkout it is: the merchant's name, logo and colour, and where its customers ask for help.
import { call, el, fill } from "./page.js";
import { t } from "./texts.js";

let brand = null;

export async function loadBrand(token) {
  const { status, content } = await call("GET", "/v1/merchant", token);
  if (status !== 200) return;
  brand = content;
  renderBrand();
}

export function renderBrand() {
  if (!brand) return;
  const { name, logo, colour, test_mode: testMode } = brand;
  document.title = `${t("page")} · ${name}`;
  fill(document.getElementById("title"), name);
  fill(document.getElementById("brand"), logo ? el("img", { src: logo, alt: "", width: 40, height: 40 }) : null);
  fill(document.getElementById("mode"), testMode ? t("test_mode") : null);
  if (colour) {
    const { style } = document.documentElement;
    style.setProperty("--brand", colour);
    style.setProperty("--on-brand", isDark(colour) ? "#fff" : "#10161c");
  }
  renderSupport();
}

function renderSupport() {
  const { name, support_email: email, support_phone: phone, support_url: url } = brand;
  const links = [phone && el("a", { href: `tel:${phone.replace(/[ -]/g, "")}` }, phone),
    email && el("a", { href: `mailto:${email}` }, email), url && el("a", { href: url, rel: "noopener" }, t("help_page"))];
  const given = links.filter(Boolean);
  fill(document.getElementById("support"), given.length ? t("support", name) : null, ...given);
}

// Whether white text is easier to read on a colour than black (WCAG's relative luminance).
function isDark(colour) {
  const [red, green, blue] = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16) / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue < 0.179;
}
