// The pages work without this: it adds the search, and the choice of light or dark.

const theme = document.getElementById("theme");
const field = document.getElementById("search");
const found = document.getElementById("found");
const list = found.querySelector("ul");
const isDark = () =>
  document.documentElement.dataset.theme
    ? document.documentElement.dataset.theme === "dark"
    : matchMedia("(prefers-color-scheme: dark)").matches;

theme.hidden = false;
theme.addEventListener("click", () => {
  const chosen = isDark() ? "light" : "dark";
  document.documentElement.dataset.theme = chosen;
  localStorage.setItem("theme", chosen);
});

/** Sections in which all words are, those with more of them in the title first. */
function search(text) {
  const words = text.toLowerCase().split(/\s+/).filter((word) => word !== "");
  if (words.length === 0) return [];
  const inTitle = ({ title }) => words.filter((word) => title.toLowerCase().includes(word)).length;
  return globalThis.SECTIONS
    .filter(({ title, text }) =>
      words.every((word) => `${title} ${text}`.toLowerCase().includes(word))
    )
    .sort((a, b) => inTitle(b) - inTitle(a))
    .slice(0, 12);
}

function show() {
  const sections = search(field.value);
  list.replaceChildren(...sections.map(({ url, title, page, text }) => {
    const item = document.createElement("li");
    const link = document.createElement("a");
    link.href = url;
    link.textContent = title;
    const about = document.createElement("small");
    about.textContent = `${page}: ${text.slice(0, 90)}…`;
    item.append(link, about);
    return item;
  }));
  found.querySelector("p").textContent = field.value.trim() === ""
    ? ""
    : sections.length === 0
    ? "Nothing was found."
    : `${sections.length} found`;
  found.hidden = field.value.trim() === "";
}

field.form.hidden = false;
field.addEventListener("input", show);
field.form.addEventListener("submit", (event) => {
  event.preventDefault();
  list.querySelector("a")?.click();
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    field.value = "";
    show();
  } else if (event.key === "/" && document.activeElement === document.body) {
    event.preventDefault();
    field.focus();
  }
});
