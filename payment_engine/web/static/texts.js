// The texts of the checkout by language. English is part of the page, another language is fetched
// when it is chosen. {0}, {1}, ... are replaced by values.

const TABLES = { en: JSON.parse(document.getElementById("texts").textContent) };
const FETCH_LIMIT = 8000;

export const LANGUAGES = ["en", "hi"];
let current = "en";

export const language = () => current;

// True once the page speaks the language; it stays with the last one if its texts cannot be loaded.
export async function setLanguage(name) {
  if (!TABLES[name]) TABLES[name] = await fetchTexts(name);
  if (!TABLES[name]) return false;
  current = name;
  document.documentElement.lang = `${name}-IN`;
  return true;
}

async function fetchTexts(name) {
  const ending = new AbortController();
  const timer = setTimeout(() => ending.abort(), FETCH_LIMIT);
  try {
    const response = await fetch(`/checkout/texts/${name}`, { signal: ending.signal });
    return response.ok ? await response.json() : undefined;
  } catch (error) {
    return undefined;
  } finally {
    clearTimeout(timer);
  }
}

export function t(key, ...values) {
  return (TABLES[current][key] || TABLES.en[key]).replace(/\{(\d)\}/g, (_, index) => values[index]);
}

export const hasText = (key) => key in TABLES.en;
