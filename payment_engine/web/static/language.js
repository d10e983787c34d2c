// The language of the page: the one chosen in this tab, else the customer's, else the browser's.
import { renderBrand } from "./brand.js";
import { call, showStatus, tabStorage } from "./page.js";
import { LANGUAGES, language, setLanguage, t } from "./texts.js";

const CONFIG = "/v1/user-config";

export async function initLanguage(token, onChange) {
  document.getElementById("language").addEventListener("click", async () => {
    const other = LANGUAGES.find((each) => each !== language());
    if (await change(other, onChange)) save(token);
    else showStatus(t("no_language"), "wait", "line");
  });
  renderHeader();
  const chosen = tabStorage.get("language");
  if (chosen || navigator.language.startsWith("hi")) await change(chosen || "hi", onChange);
  if (chosen || !token) return;
  const { content } = await call("GET", CONFIG, token);
  if (content && content.version && content.language !== language()) await change(content.language, onChange);
}

async function change(name, onChange) {
  if (name === language()) return true;
  if (!await setLanguage(name)) return false;
  renderHeader();
  onChange();
  return true;
}

function renderHeader() {
  document.title = t("page");
  document.getElementById("title").textContent = t("page");
  renderBrand();
  for (const id of ["summary", "stage"]) document.getElementById(id).setAttribute("aria-label", t(id));
  const button = document.getElementById("language");
  button.textContent = t("other_language");
  button.lang = LANGUAGES.find((each) => each !== language());
}

async function save(token) {
  tabStorage.set("language", language());
  const { content } = token ? await call("GET", CONFIG, token) : {};
  if (!content || content.version === undefined) return;
  await call("PATCH", CONFIG, token, { body: { language: language() }, headers: { "If-Match": `"${content.version}"` } });
}
