// What is too faint, too small, unnamed or too wide on a page.
() => {
  const numbers = (colour) => colour.match(/[\d.]+/g).map(Number);
  const light = (colour) => {
    const [r, g, b] = numbers(colour).slice(0, 3).map((part) => part / 255)
      .map((part) => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ratio = (one, other) => {
    const [low, high] = [light(one), light(other)].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
  };
  const background = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = getComputedStyle(at).backgroundColor;
      const [, , , alpha = 1] = numbers(colour);
      if (alpha) return colour;
    }
    return "rgb(255, 255, 255)";
  };
  const faults = [];
  const visible = (element) => element.getClientRects().length && getComputedStyle(element).visibility === "visible";
  for (const element of document.querySelectorAll("body *")) {
    if (!visible(element) || element.closest("svg, :disabled, .visually-hidden")) continue;
    const style = getComputedStyle(element);
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
    const size = parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    const contrast = ratio(style.color, background(element));
    if (own && contrast < (large ? 3 : 4.5)) faults.push(`${element.textContent.trim()}: ${contrast.toFixed(2)}`);
    if (element.matches("input:not([type=checkbox]):not([type=radio])")) {
      const edge = ratio(style.borderTopColor, background(element.parentElement));
      const hint = ratio(getComputedStyle(element, "::placeholder").color, style.backgroundColor);
      if (edge < 3) faults.push(`edge of ${element.id}: ${edge.toFixed(2)}`);
      if (hint < 4.5) faults.push(`placeholder of ${element.id}: ${hint.toFixed(2)}`);
    }
    if (element.matches("a, button, input, summary")) {
      const box = element.getBoundingClientRect();
      const target = element.closest("label, .agree") || element;
      if (Math.max(box.height, target.getBoundingClientRect().height) < 24) faults.push(`${element.outerHTML} is small`);
      const named = element.textContent.trim() || element.getAttribute("aria-label") || (element.labels || []).length;
      if (!named) faults.push(`${element.outerHTML} has no name`);
    }
  }
  const ids = [...document.querySelectorAll("[id]")].map((element) => element.id);
  for (const id of ids) if (ids.filter((each) => each === id).length > 1) faults.push(`two of #${id}`);
  for (const element of document.querySelectorAll("[aria-describedby], [aria-labelledby], [aria-controls], label[for]")) {
    for (const name of ["aria-describedby", "aria-labelledby", "aria-controls", "for"]) {
      for (const id of (element.getAttribute(name) || "").split(" ").filter(Boolean)) {
        if (!document.getElementById(id)) faults.push(`${name} of ${element.outerHTML} leads nowhere`);
      }
    }
  }
  if (document.documentElement.scrollWidth > innerWidth) faults.push("the page is wider than the screen");
  return faults;
}
