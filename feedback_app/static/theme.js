// The chosen theme, before anything is painted. Only the word "light" or "dark" is ever kept here.
(() => {
  const kept = localStorage.getItem("attune-theme");
  const dark = kept ? kept === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  const apply = () => document.body && document.body.classList.toggle("dark", dark);
  apply();
  document.addEventListener("DOMContentLoaded", apply);
})();
