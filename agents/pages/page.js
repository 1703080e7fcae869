// The staff page: find a customer, see everything that is known and why, watch what happens.
// Text from the worker reaches the page through `textContent` alone.
import { words } from "/pages/words.js";

const $ = (id) => document.getElementById(id);
const LIVE_MAX = 100;
let language = localStorage.getItem("language") ?? (navigator.language.startsWith("zh") ? "zh" : "en");
let watching = null;

const say = (name) => words[language][name] ?? name;
const locale = () => (language === "zh" ? "zh-CN" : "en-GB");
const number = (value) => value.toLocaleString(locale());
const money = (minor, currency) => {
  const shown = new Intl.NumberFormat(locale(), { style: "currency", currency, currencyDisplay: "code" });
  return shown.format(minor / 10 ** shown.resolvedOptions().maximumFractionDigits);
};
const percent = (ppm) => (ppm === undefined ? "" : `${(ppm / 10_000).toFixed(1)} %`);
const day = (ms) => new Date(ms).toLocaleDateString(locale(), { dateStyle: "medium" });
const moment = (ms) => new Date(ms).toLocaleString(locale(), { dateStyle: "medium", timeStyle: "medium" });
const key = () => sessionStorage.getItem("key");

function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [attribute, value] of Object.entries(attributes)) made.setAttribute(attribute, value);
  made.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
  return made;
}

function tell(text, calm = false) {
  $("said").textContent = text;
  $("said").className = calm ? "calm" : "";
}

class Refused extends Error {}

async function ask(path, options = {}) {
  let answer;
  try {
    answer = await fetch(path, { ...options, headers: { Authorization: `Bearer ${key()}` } });
  } catch {
    throw new Refused(say("away"));
  }
  if (answer.ok) return answer;
  if (answer.status === 401) {
    sessionStorage.removeItem("key");
    show();
    throw new Refused(say("noKey"));
  }
  const known = { 403: "noScope", 429: "often", 503: "moving" }[answer.status];
  if (known) throw new Refused(say(known));
  const body = await answer.json().catch(() => ({}));
  throw new Refused(answer.status === 404 ? say("unknown") : body.error?.message ?? String(answer.status));
}

const about = (customer, rest = "") => `/v1/customers/${encodeURIComponent(customer)}${rest}`;

function card(title, ...children) {
  return element("article", { class: "card" }, element("h2", {}, title), ...children);
}

function list(rows) {
  const kept = rows.filter(([, value]) => value !== undefined && value !== "" && value !== null);
  return element("dl", {}, ...kept.flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, String(value))]));
}

function tags(labels) {
  return element("ul", { class: "tags" }, ...labels.map((label) => element("li", {}, label)));
}

function tierCard(set, tier, currency) {
  const ahead = tier.ahead;
  const rows = [
    [say("since"), day(tier.since_ms)],
    [say("until"), tier.valid_until_ms ? day(tier.valid_until_ms) : ""],
    [say("grace"), tier.grace_until_ms ? day(tier.grace_until_ms) : ""],
    [say("byHand"), tier.override ? `${tier.override.tier} (${say("by")} ${tier.override.by.actor})` : ""],
  ];
  const bar = ahead && element("progress", { max: 100, value: ahead.percent, "aria-label": say("next") });
  const lacking = ahead && Object.entries(ahead.missing)
    .map(([what, gap]) => `${what.startsWith("spend_net") ? money(gap, currency) : number(gap)} (${what})`).join("; ");
  return card(
    `${say("tier")} · ${set}`,
    element("div", { class: "big" }, tier.name),
    ahead
      ? element("p", { class: "quiet" }, `${say("next")}: ${ahead.name} · ${ahead.percent} %`)
      : element("p", { class: "good" }, say("highest")),
    bar,
    lacking ? element("p", { class: "quiet" }, `${say("missing")} ${lacking}`) : null,
    list(rows),
  );
}

function walletCard(name, wallet) {
  const expiring = (wallet.expiring ?? []).map((each) => [`${say("expiring")} ${day(each.at_ms)}`, number(each.qty)]);
  return card(
    name === "points" ? say("balance") : name,
    element("div", { class: "big" }, number(wallet.active)),
    list([
      [say("pending"), wallet.pending ? number(wallet.pending) : ""],
      [say("debt"), wallet.debt ? number(wallet.debt) : ""],
      ...expiring,
      [say("later"), wallet.expiring_later ? number(wallet.expiring_later) : ""],
    ]),
  );
}

function lifeCard(profile) {
  const life = profile.lifetime;
  return card(
    say("lifetime"),
    list([
      [say("spend"), money(life.spend_minor ?? 0, profile.currency)],
      [say("orders"), number(life.orders ?? 0)],
      [say("days"), number(life.purchase_days ?? 0)],
      [say("last"), profile.last_purchase_ms ? day(profile.last_purchase_ms) : ""],
      [say("joined"), profile.enrolled_ms >= 0 ? day(profile.enrolled_ms) : say("notJoined")],
    ]),
  );
}

function riskCard(profile, risk) {
  if (!risk.watched) return null;
  const usual = risk.expected_gap_days[0] / risk.expected_gap_days[1];
  const factors = risk.factors.map((each) => element("li", { class: each.raises ? "warn" : "" }, each.reason[language]));
  return card(
    say("rhythm"),
    element("div", { class: `big ${risk.level ? "warn" : "good"}` }, risk.level || say("none")),
    element("p", { class: "quiet" }, risk.reason[language]),
    list([
      [say("gap"), risk.gap_days],
      [say("usual"), usual.toFixed(0)],
      [say("times"), `${(risk.gap_ratio_ppm / 1e6).toFixed(1)} ×`],
      [`${say("risk")} (${risk.horizon_days} ${say("dayUnit")})`, percent(risk.risk_ppm)],
      [say("alive"), percent(risk.p_alive_ppm)],
      [say("worth"), risk.clv_minor === undefined ? "" : money(risk.clv_minor, profile.currency)],
      [say("complaint"), profile.facts?.open_complaints || ""],
      [say("nextLevel"), risk.next_level_ms ? `${risk.next_level} · ${day(risk.next_level_ms)}` : ""],
    ]),
    element("h4", {}, say("factors")),
    element("ul", { class: "factors" }, ...factors),
  );
}

function actionCard({ action }) {
  const shown = action && (action.texts[language] ?? Object.values(action.texts)[0]);
  return card(
    say("action"),
    action ? element("div", { class: "big" }, shown) : element("p", { class: "quiet" }, say("noAction")),
    action ? element("p", { class: "quiet" }, `${action.id} · ${action.offer}`) : null,
  );
}

function otherCards(profile) {
  const { facts = {}, person = {}, consents = {}, tags: marks = [] } = profile;
  const scores = [facts.rfm_r, facts.rfm_f, facts.rfm_m];
  const labels = [facts.stage, facts.value, ...marks.map((each) => each.tag)].filter(Boolean);
  if (scores.every((each) => each !== undefined)) labels.push(`RFM ${scores.join("-")}`);
  const cards = labels.length ? [card(say("segments"), tags(labels.map(String)))] : [];
  const told = [...Object.entries(person), ...Object.entries(consents).map(([scope, yes]) => [scope, say(yes ? "yes" : "no")])];
  return told.length ? [...cards, card(say("person"), list(told))] : cards;
}

function newestCard(profile) {
  const orders = (profile.orders ?? []).map((each) => [
    `${each.order_id} · ${day(each.occurred_ms)}`,
    money(each.eligible_minor, profile.currency)
      + (each.returned_minor ? ` (${say("returned")} ${money(each.returned_minor, profile.currency)})` : ""),
  ]);
  const tickets = (profile.tickets ?? []).map((each) => [
    `${each.ref_id || each.kind} · ${day(each.opened_ms)}`,
    each.closed_ms ? say("closed") : say("open"),
  ]);
  return orders.length + tickets.length ? card(say("newest"), list([...orders, ...tickets])) : null;
}

function line(entry, customer = "") {
  const item = element("li", { class: entry.kind }, element("time", {}, moment(Date.parse(entry.time))));
  if (customer) item.append(element("a", { href: `#/customer/${encodeURIComponent(customer)}` }, customer), " ");
  item.append(entry.reason[language], " ",
    element("code", {}, entry.ruleversion ? `${entry.type} · ${entry.ruleversion}` : entry.type));
  return item;
}

async function timeline(customer, into, after = "") {
  const answer = await (await ask(about(customer, `/timeline?limit=30&after=${after}`))).json();
  if (!answer.complete) tell(say("reading"), true);
  into.append(...answer.entries.map((entry) => line(entry)));
  if (!answer.next) return;
  const more = element("button", { type: "button" }, say("more"));
  more.addEventListener("click", () => { more.remove(); guarded(() => timeline(customer, into, answer.next)); });
  into.append(more);
}

async function customerView(customer) {
  const profile = await (await ask(about(customer))).json();
  const risk = await (await ask(about(customer, "/risk"))).json();
  const entries = element("ol", { class: "time" });
  $("view").replaceChildren(
    element("h3", {}, customer),
    element("div", { class: "cards" },
      ...Object.entries(profile.tiers).map(([set, tier]) => tierCard(set, tier, profile.currency)),
      ...Object.entries(profile.wallets).map(([name, wallet]) => walletCard(name, wallet)),
      ...[riskCard(profile, risk), actionCard(risk), lifeCard(profile), ...otherCards(profile), newestCard(profile)].filter(Boolean)),
    element("p", { class: "quiet" }, `${say("rev")} ${profile.rev} · ${say("computed")} ${moment(profile.computed_ms)}`),
    element("h3", {}, say("timeline")),
    entries,
  );
  await timeline(customer, entries);
}

async function liveView() {
  const entries = element("ol", { class: "time" });
  $("view").replaceChildren(element("h3", {}, say("live")), entries);
  watching = new AbortController();
  const own = watching;
  tell(say("waiting"), true);
  const reader = (await ask("/v1/live", { signal: own.signal })).body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read().catch(() => ({ done: true }));
    if (own.signal.aborted) return;
    if (done) break;
    const parts = (rest + value).split("\n\n");
    rest = parts.pop();
    for (const part of parts) {
      if (!part.startsWith("data: ")) continue;
      const entry = JSON.parse(part.slice(6));
      tell("");
      entries.prepend(line(entry, entry.customer));
      if (entries.children.length > LIVE_MAX) entries.lastChild.remove();
    }
  }
  tell(say("ended"));
}

async function guarded(view) {
  try {
    await view();
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    tell(error.message);
  }
}

function show() {
  watching?.abort();
  tell("");
  document.documentElement.lang = language;
  for (const each of document.querySelectorAll("[data-say]")) each.textContent = say(each.dataset.say);
  $("language").textContent = language === "zh" ? "English" : "中文";
  $("enter").hidden = Boolean(key());
  $("find").hidden = $("leave").hidden = !key();
  $("view").replaceChildren();
  if (!key()) return;
  const [, place, customer] = location.hash.split("/");
  if (place === "live") guarded(liveView);
  if (place === "customer" && customer) {
    $("customer").value = decodeURIComponent(customer);
    guarded(() => customerView(decodeURIComponent(customer)));
  }
}

async function suggest() {
  const prefix = $("customer").value;
  if (!prefix) return;
  const { customers } = await (await ask(`/v1/customers?prefix=${encodeURIComponent(prefix)}`)).json();
  $("found").replaceChildren(...customers.map((name) => element("option", { value: name })));
}

$("enter").addEventListener("submit", (event) => {
  event.preventDefault();
  sessionStorage.setItem("key", $("key").value.trim());
  $("key").value = "";
  show();
});
$("find").addEventListener("submit", (event) => {
  event.preventDefault();
  const place = `#/customer/${encodeURIComponent($("customer").value.trim())}`;
  if (location.hash === place) show();
  else location.hash = place;
});
let typed = 0;
$("customer").addEventListener("input", () => { clearTimeout(typed); typed = setTimeout(() => guarded(suggest), 250); });
$("language").addEventListener("click", () => {
  language = language === "zh" ? "en" : "zh";
  localStorage.setItem("language", language);
  show();
});
$("leave").addEventListener("click", () => { sessionStorage.removeItem("key"); location.hash = "#/"; show(); });
addEventListener("hashchange", show);
show();
