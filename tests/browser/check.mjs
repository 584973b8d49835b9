// Opens a page in the system's Chromium as its readers do and prints, as JSON, what they would suffer from.
//
//     node check.mjs PAGE.html [--shots DIR] [--wide PIXELS]
//     node check.mjs --serve
//
// Served, each line of standard input is the JSON list of such arguments, and each answer a line: one browser for all, a
// fresh profile for each page, which is loaded once and seen in every view. Chromium is $CHROMIUM or the first of the usual names on the PATH. Exit code 2: no browser.
import { accessSync, constants, mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { delimiter, join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
const SIZES = { wide: { width: 1280, height: 900 }, phone: { width: 375, height: 812 } };
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
const OF_COLOUR = ["color-contrast", "link-in-text-block"];

function browserPath() {
  const places = (process.env.PATH ?? "").split(delimiter).flatMap((folder) => NAMES.map((name) => join(folder, name)));
  return [process.env.CHROMIUM, ...places].find((place) => {
    try {
      accessSync(place, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** Everything the page asks for beyond itself, and everything it complains about. */
function listen(page, address, report) {
  page.on("request", (request) => {
    const url = request.url();
    if (url.split("#")[0] !== address && !url.startsWith("data:")) report.requests.push(url);
  });
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) report.console.push(message.text());
  });
  page.on("pageerror", (error) => report.console.push(String(error)));
  page.on("dialog", async (dialog) => {
    report.console.push(`dialog: ${dialog.message()}`);
    await dialog.dismiss();
  });
}

/** Whether dark differs from light in colours alone: then all that reads no colour holds for both. */
function coloursAlone() {
  const harmless = (style) => [...style].every((name) => {
    const value = style.getPropertyValue(name);
    return name.startsWith("--") ? !value.includes("var(") && CSS.supports("color", value) : /(color|fill|stroke)$/.test(name);
  });
  const sound = (rules, within) => [...rules].every((rule) => {
    const scheme = within || /color-scheme/.test(rule.conditionText ?? "");
    return (!scheme || !rule.style || harmless(rule.style)) && sound(rule.cssRules ?? [], scheme);
  });
  return [...document.styleSheets].every((sheet) => sound(sheet.cssRules, false)) && !document.querySelector("[media]");
}

/** Marks one text of each look: what is said of its contrast holds for all that look the same, of which there are thousands.
 * A look is what axe reads: the text's colour, size and weight, what lies behind it, and whether it is in sight at all.
 */
function markLooks() {
  const read = ["color", "backgroundColor", "backgroundImage", "opacity", "filter", "mixBlendMode", "textShadow", "zIndex",
    "position", "clipPath", "visibility", "fontSize", "fontWeight", "fill", "stroke", "textDecorationLine"]; // prettier-ignore
  const looks = new Map();
  const told = new Set();
  const walk = (element, behind, clip) => {
    const style = getComputedStyle(element);
    if (style.display === "none") return;
    const box = element.getBoundingClientRect();
    const seen = element.checkVisibility() && box.width * box.height > 0 && box.left >= clip.left && box.right <= clip.right;
    const words = [...element.childNodes].map((node) => (node.nodeType === Node.TEXT_NODE ? node.data.trim() : "")).join("");
    const key = [behind, seen, ...read.map((name) => style[name])].join("|");
    const look = looks.get(key) ?? looks.size;
    looks.set(key, look);
    element.removeAttribute("data-look");
    const text = `${look} ${/[\p{L}\p{N}].+/u.test(words)}`; // of a single letter and of signs axe says nothing
    if (words && !told.has(text)) element.setAttribute("data-look", told.add(text).size);
    const within = style.overflowX === "visible" ? clip : box;
    for (const child of element.children) walk(child, look, within);
  };
  walk(document.documentElement, "", { left: -Infinity, right: Infinity });
}

async function axe(page, view, rules) {
  await page.evaluate(markLooks);
  // what passes is not described, which takes half the time; style sheets and media are within the page, nothing to fetch
  const options = { runOnly: rules, resultTypes: ["violations"], preload: false };
  const found = await page.evaluate((given) => window.axe.run(document, given), options);
  return found.violations.map((violation) => ({
    view,
    rule: violation.id,
    impact: violation.impact,
    help: violation.help,
    nodes: violation.nodes.map((node) => `${node.target.join(" ")}: ${node.failureSummary ?? ""}`),
  }));
}

/** Opens lists by keyboard, as many as show every kind: they must fit, lie above the rest, close again and be alone. */
async function drills(page) {
  const found = [];
  const summaries = await page.$$(".drill > summary:visible"); // handles: a locator looks for all of them at each step
  for (const summary of [...summaries.slice(0, 12), ...summaries.slice(-4)]) {
    await summary.focus();
    await page.keyboard.press("Enter");
    const told = await summary.evaluate((control) => {
      const drill = control.parentElement;
      const list = drill.querySelector(".list");
      list.scrollIntoView({ block: "start" });
      const box = list.getBoundingClientRect();
      const root = document.scrollingElement;
      const hit = document.elementFromPoint(box.left + box.width / 2, box.top + Math.min(box.height, 40) / 2);
      const size = control.getBoundingClientRect();
      const alone = [...document.getElementsByName(drill.getAttribute("name"))].filter((other) => other.open);
      return [
        !drill.open && "does not open",
        (box.left < 0 || box.right > root.clientWidth) && "is wider than the screen",
        root.scrollWidth > root.clientWidth && "makes the page scroll sideways",
        !list.contains(hit) && "lies under something",
        Math.min(size.width, size.height) < 24 && `is a target of ${size.width} x ${size.height}`,
        alone.length !== 1 && `is open with ${alone.length - 1} others`,
      ].filter(Boolean);
    });
    await page.keyboard.press("Enter");
    if (await summary.evaluate((control) => control.parentElement.open)) told.push("does not close");
    const place = await summary.evaluate((c) => `${c.closest(".block")?.id}: ${c.textContent}`);
    found.push(...told.map((fault) => `${place} ${fault}`));
  }
  return found;
}

/** What paper would cut off: whatever is wider than the column that it is printed in, or than its cell. */
function cut() {
  const width = (element) => Math.max(0, ...[...element.getClientRects()].map((box) => box.width));
  const found = [];
  for (const block of document.querySelectorAll(".block")) {
    const room = width(block) + 1;
    if (room <= 1) continue;
    for (const part of block.querySelectorAll("table, figure, svg, dl, ul, p"))
      if (width(part) > room) found.push(`${block.id}: ${part.localName} is ${width(part)} wide in ${room}`);
    for (const cell of block.querySelectorAll("th, td"))
      if (cell.clientWidth && cell.scrollWidth > cell.clientWidth + 1) found.push(`${block.id}: ${cell.textContent}`);
  }
  return found;
}

/** Which parts begin a page, by their headings, and how large the sentences are. */
function paper() {
  const begins = [...document.querySelectorAll(".part")].filter((part) => getComputedStyle(part).breakBefore === "page");
  const sentence = document.querySelector(".block .sentence");
  return {
    begins: begins.map((part) => part.querySelector("h2").textContent),
    text: sentence ? parseFloat(getComputedStyle(sentence).fontSize) : null,
  };
}

/** Opens every fold, or shuts those again that were. */
async function unfold(page, open) {
  await page.evaluate((open) => {
    if (open) window.shut = [...document.querySelectorAll("details:not([open])")];
    for (const fold of window.shut) fold.open = open;
  }, open);
}

async function look(page, size, report, shots) {
  await page.setViewportSize(SIZES[size]);
  const once = await page.evaluate(coloursAlone);
  for (const scheme of ["light", "dark"]) {
    const view = `${size}-${scheme}`;
    const again = scheme === "dark" && once;
    await page.emulateMedia({ colorScheme: scheme });
    const [scroll, client] = await page.evaluate(() => {
      const root = document.scrollingElement;
      return [root.scrollWidth, root.clientWidth];
    });
    report.views[view] = { scrollWidth: scroll, clientWidth: client };
    if (scroll > client) report.scrolls.push(view);
    if (shots) await page.screenshot({ path: join(shots, `${view}.png`), fullPage: true });
    if (!again) report.drills.push(...(await drills(page)).map((fault) => `${view} ${fault}`));
    await unfold(page, true);
    report.axe.push(...(await axe(page, view, again ? OF_COLOUR : TAGS)));
    await unfold(page, false);
  }
}

async function print(page, report, shots) {
  await page.setViewportSize({ width: 711, height: 1040 }); // A4 less margins
  await page.emulateMedia({ colorScheme: "dark", media: "print" });
  report.cut = await page.evaluate(cut);
  report.paper = await page.evaluate(paper);
  const pdf = await page.pdf({ preferCSSPageSize: true, path: shots ? join(shots, "print.pdf") : undefined });
  report.pdf_pages = (pdf.toString("latin1").match(/\/Type\s*\/Page\b(?!s)/g) ?? []).length;
}

/** The value that stands behind an option, or null. */
function option(given, name) {
  return given.includes(name) ? given[given.indexOf(name) + 1] : null;
}

async function check(browser, [file, ...given]) {
  const shots = option(given, "--shots") && resolve(option(given, "--shots"));
  if (shots) mkdirSync(shots, { recursive: true });
  SIZES.wide.width = Number(option(given, "--wide") ?? 1280);
  const address = pathToFileURL(resolve(file)).href;
  const report = { requests: [], console: [], scrolls: [], axe: [], drills: [], cut: [], views: {}, pdf_pages: 0 };
  const context = await browser.newContext({ viewport: SIZES.wide, colorScheme: "light", deviceScaleFactor: 1 });
  const page = await context.newPage();
  listen(page, address, report);
  await page.goto(address, { waitUntil: "load" });
  await page.evaluate(AXE); // through the debugger, which the page's own policy does not reach
  await page.evaluate(() => window.axe.configure({ rules: [{ id: "color-contrast", selector: "[data-look]" }] }));
  for (const size of Object.keys(SIZES)) await look(page, size, report, shots);
  await print(page, report, shots);
  await context.close();
  return report;
}

/** Answers each line until standard input ends, as it does when the tests end, however they end. */
async function serve(browser) {
  for await (const line of createInterface({ input: process.stdin })) {
    const answer = await check(browser, JSON.parse(line)).catch((problem) => ({ failed: String(problem) }));
    console.log(JSON.stringify(answer));
  }
}

async function main(given) {
  const executablePath = browserPath();
  if (!given.length || !executablePath) {
    console.error(given.length ? "no Chromium on the PATH" : "usage: node check.mjs PAGE.html [--shots DIR]");
    process.exit(2);
  }
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });
  try {
    if (given[0] === "--serve") await serve(browser);
    else console.log(JSON.stringify(await check(browser, given), null, 1));
  } finally {
    await browser.close();
  }
}

await main(process.argv.slice(2));
