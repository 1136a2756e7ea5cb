// What on a page cannot be read or said: texts with a contrast below 4.5:1, and controls without a name.
() => {
  const parse = (colour) => {
    const found = colour.match(/[\d.]+/g).map(Number);
    return found.length < 4 ? [...found, 1] : found;
  };
  const shine = (rgb) => {
    const [r, g, b] = rgb.map((one) => {
      const c = one / 255;
      return c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (element) => {
    for (let one = element; one; one = one.parentElement) {
      const [r, g, b, alpha] = parse(getComputedStyle(one).backgroundColor);
      if (alpha > 0.99) return [r, g, b];
    }
    return [255, 255, 255];
  };
  const weak = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement, words = walker.currentNode.textContent.trim();
    if (!words || element.closest("script, style, noscript, button:disabled, button[disabled]")) continue;
    if (!element.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue;
    const box = element.getBoundingClientRect();
    if (box.width < 2 || box.height < 2) continue;
    const style = getComputedStyle(element), ink = element.closest("svg") ? style.fill : style.color;
    if (!ink.startsWith("rgb")) continue;
    const one = shine(parse(ink).slice(0, 3)), other = shine(ground(element));
    const contrast = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
    if (contrast < 4.5) weak.push([contrast.toFixed(2), words.slice(0, 40)]);
  }
  const controls = "button, a[href], input:not([type=hidden]), select, textarea, [role=radio], dialog[open]";
  const named = (one) => one.getAttribute("aria-label") || one.getAttribute("aria-labelledby") || one.textContent.trim() || one.labels?.length || one.title;
  const nameless = [...document.querySelectorAll(controls)].filter((one) => one.checkVisibility() && !named(one)).map((one) => one.outerHTML.slice(0, 120));
  return { weak, nameless };
}
