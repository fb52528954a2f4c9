/*
 * Foyer's dashboard cards: what plays now, and what to continue.
 * Plain custom elements without imports; colours and shapes are Home Assistant's theme variables.
 */

const TEXTS = {
  en: { now: "Now playing", nothing: "Nothing plays.", continue: "Continue watching", "next-up": "Next up", latest: "New", empty: "There is nothing here yet.", failed: "Foyer cannot be reached.", play: "Play", pause: "Pause", stop: "Stop", seek: "Position", on: "Play on", choose: "Choose a media player", none: "No media player here can play this.", cancel: "Cancel", title: "Title", entity: "Media player (all of Foyer's when empty)", list: "List", media_player: "Play on (asked when empty)", limit: "How many", entry_id: "Foyer server" },
  de: { now: "Läuft gerade", nothing: "Es läuft nichts.", continue: "Weiterschauen", "next-up": "Als Nächstes", latest: "Neu", empty: "Hier ist noch nichts.", failed: "Foyer ist nicht erreichbar.", play: "Abspielen", pause: "Anhalten", stop: "Beenden", seek: "Position", on: "Abspielen auf", choose: "Mediaplayer wählen", none: "Kein Mediaplayer hier kann das abspielen.", cancel: "Abbrechen", title: "Titel", entity: "Mediaplayer (leer: alle von Foyer)", list: "Liste", media_player: "Abspielen auf (leer: fragen)", limit: "Wie viele", entry_id: "Foyer-Server" },
  fr: { now: "En lecture", nothing: "Rien n'est lu.", continue: "Reprendre", "next-up": "À suivre", latest: "Nouveautés", empty: "Il n'y a encore rien ici.", failed: "Foyer est injoignable.", play: "Lire", pause: "Pause", stop: "Arrêter", seek: "Position", on: "Lire sur", choose: "Choisir un lecteur", none: "Aucun lecteur ici ne peut lire cela.", cancel: "Annuler", title: "Titre", entity: "Lecteur (vide : tous ceux de Foyer)", list: "Liste", media_player: "Lire sur (vide : demander)", limit: "Combien", entry_id: "Serveur Foyer" },
  es: { now: "Reproduciendo", nothing: "No se reproduce nada.", continue: "Seguir viendo", "next-up": "A continuación", latest: "Novedades", empty: "Aquí no hay nada todavía.", failed: "No se puede alcanzar Foyer.", play: "Reproducir", pause: "Pausar", stop: "Detener", seek: "Posición", on: "Reproducir en", choose: "Elegir un reproductor", none: "Ningún reproductor de aquí puede reproducirlo.", cancel: "Cancelar", title: "Título", entity: "Reproductor (vacío: todos los de Foyer)", list: "Lista", media_player: "Reproducir en (vacío: preguntar)", limit: "Cuántos", entry_id: "Servidor Foyer" },
  nl: { now: "Nu te zien", nothing: "Er speelt niets.", continue: "Verder kijken", "next-up": "Hierna", latest: "Nieuw", empty: "Hier is nog niets.", failed: "Foyer is niet bereikbaar.", play: "Afspelen", pause: "Pauzeren", stop: "Stoppen", seek: "Positie", on: "Afspelen op", choose: "Kies een mediaspeler", none: "Geen mediaspeler hier kan dit afspelen.", cancel: "Annuleren", title: "Titel", entity: "Mediaspeler (leeg: alle van Foyer)", list: "Lijst", media_player: "Afspelen op (leeg: vragen)", limit: "Hoeveel", entry_id: "Foyer-server" },
};

// The frontend may put another registry of elements in the place of the browser's while it starts, and with it another
// HTMLElement: what is defined before is lost. It is ready when its own root element is.
await Promise.race(["home-assistant", "hc-main"].map((root) => customElements.whenDefined(root)));

const PLAY_MEDIA = 512;
const LISTS = ["continue", "next-up", "latest"];
const ACTIVE = ["playing", "paused", "buffering"];

const STYLE = `
  :host { display: block; }
  ha-card { display: block; overflow: hidden; }
  .card { padding: 16px; }
  h2 { margin: 0 0 12px; font-size: var(--ha-card-header-font-size, 20px); font-weight: 400; color: var(--ha-card-header-color, var(--primary-text-color)); }
  .note { color: var(--secondary-text-color); margin: 0; }
  button, select { font: inherit; color: inherit; }
  button:focus-visible, select:focus-visible, input:focus-visible { outline: 2px solid var(--primary-color); outline-offset: 2px; }
  .row { display: grid; grid-template-columns: 64px minmax(0, 1fr); gap: 12px; align-items: center; }
  .row + .row { margin-top: 16px; }
  .row img, .row .blank { width: 64px; aspect-ratio: 2 / 3; object-fit: cover; border-radius: 8px; background: var(--secondary-background-color); }
  .text { min-width: 0; }
  .title, .sub { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
  .title { color: var(--primary-text-color); }
  .sub { color: var(--secondary-text-color); font-size: 0.875em; }
  .controls { display: flex; align-items: center; gap: 4px; margin-top: 4px; }
  .controls button { width: 40px; height: 40px; padding: 8px; border: 0; border-radius: 50%; background: none; cursor: pointer; color: var(--primary-color); }
  .controls button:hover { background: var(--secondary-background-color); }
  .controls svg { width: 24px; height: 24px; fill: currentColor; display: block; }
  .controls input { flex: 1; min-width: 0; accent-color: var(--primary-color); }
  .shelf { display: grid; grid-auto-flow: column; align-items: start; grid-auto-columns: minmax(144px, 176px); gap: 12px; overflow-x: auto; padding-bottom: 4px; scroll-snap-type: x proximity; }
  .tile { scroll-snap-align: start; border: 0; padding: 0; background: none; text-align: start; cursor: pointer; min-width: 0; }
  .shot { position: relative; aspect-ratio: 16 / 9; border-radius: 8px; overflow: hidden; background: var(--secondary-background-color); }
  .shot img { width: 100%; height: 100%; object-fit: cover; display: block; }
  .bar { position: absolute; inset: auto 0 0 0; height: 4px; background: rgba(0, 0, 0, 0.4); }
  .bar i { display: block; height: 100%; background: var(--primary-color); }
  .tile .title { margin-top: 6px; }
  .target { display: flex; gap: 8px; align-items: center; margin-top: 12px; flex-wrap: wrap; }
  .target button { min-height: 40px; padding: 0 12px; border: 0; border-radius: 8px; background: none; color: var(--primary-color); cursor: pointer; }
  .target button:hover:not(:disabled) { background: var(--secondary-background-color); }
  .target button:disabled { color: var(--disabled-text-color); cursor: default; }
  .target select { flex: 1 1 8em; min-width: 0; min-height: 40px; background: var(--card-background-color); border: 1px solid var(--divider-color); border-radius: 8px; padding: 0 8px; }
  @media (prefers-reduced-motion: no-preference) { .shelf { scroll-behavior: smooth; } }
`;

const ICONS = {
  play: "M8,5.14V19.14L19,12.14L8,5.14Z",
  pause: "M14,19H18V5H14M6,19H10V5H6V19Z",
  stop: "M18,18H6V6H18V18Z",
};

/** An element with attributes, properties in `on…`, and children; text is never read as markup. */
function el(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (value === true) made.setAttribute(key, "");
    else if (value !== false && value !== null && value !== undefined) made.setAttribute(key, String(value));
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

/** What both cards share: configuration, language, and drawing only when something they show changed. */
class FoyerBase extends HTMLElement {
  constructor() {
    super();
    this.attachShadow({ mode: "open" });
    this._config = {};
    this._shown = "";
    this._held = false;
  }

  connectedCallback() {
    this._held = false;
    this.changed();
  }

  setConfig(config) {
    this._config = this.checked(config);
    this._shown = "";
    this.changed();
  }

  set hass(hass) {
    this._hass = hass;
    this.changed();
  }

  get hass() {
    return this._hass;
  }

  text(key) {
    const language = (this._hass?.language ?? "en").split("-")[0];
    return (TEXTS[language] ?? TEXTS.en)[key] ?? TEXTS.en[key] ?? key;
  }

  /**
   * Draw when `state` is not what was drawn last, and nobody holds a slider. The focused control keeps the focus, and a
   * shelf stays where it was pushed.
   */
  draw(state, make) {
    const next = JSON.stringify(state);
    if (next === this._shown || this._held) return;
    this._shown = next;
    const focused = this.shadowRoot.activeElement?.dataset.key;
    const pushed = this.shadowRoot.querySelector(".shelf")?.scrollLeft;
    // The frame stays: Home Assistant draws a new one a moment later, and until then nothing in it takes the focus.
    if (!this._frame) {
      this._frame = el("ha-card");
      this.shadowRoot.append(el("style", {}, STYLE), this._frame);
    }
    this._frame.replaceChildren(el("div", { class: "card" }, ...make()));
    if (pushed) this.shadowRoot.querySelector(".shelf")?.scrollTo({ left: pushed, behavior: "instant" });
    if (focused) this.focusOn(focused);
  }

  focusOn(key) {
    this.shadowRoot.querySelector(`[data-key="${CSS.escape(key)}"]`)?.focus({ preventScroll: true });
  }

  heading(fallback) {
    const title = this._config.title ?? fallback;
    return title ? el("h2", {}, title) : null;
  }

  call(domain, service, data) {
    return this._hass.callService(domain, service, data).catch(() => undefined); // the frontend shows why
  }
}

class FoyerCard extends FoyerBase {
  static getStubConfig() {
    return {};
  }

  static getConfigElement() {
    return document.createElement("foyer-card-editor");
  }

  checked(config) {
    if (config.entity !== undefined && config.entity !== "" && !String(config.entity).startsWith("media_player.")) {
      throw new Error("Foyer: `entity` must be a media player.");
    }
    return config;
  }

  getCardSize() {
    return 1 + 2 * Math.max(1, this.players().length);
  }

  getGridOptions() {
    return { columns: 12, min_columns: 6, rows: "auto" };
  }

  players() {
    const { states = {}, entities = {} } = this._hass ?? {};
    const wanted = this._config.entity;
    return Object.values(states).filter((state) => {
      if (wanted) return state.entity_id === wanted && ACTIVE.includes(state.state);
      return entities[state.entity_id]?.platform === "foyer" && ACTIVE.includes(state.state);
    });
  }

  changed() {
    if (!this._hass) return;
    const players = this.players();
    const shown = players.map(({ entity_id: id, state, attributes: a }) => [id, state, a.media_title, a.entity_picture, a.media_position, a.media_duration, a.user]);
    this.draw([this._hass.language, this._config, shown], () => [
      this.heading(this.text("now")),
      ...(players.length ? players.map((player) => this.row(player)) : [el("p", { class: "note" }, this.text("nothing"))]),
    ]);
  }

  row(player) {
    const { entity_id: id, state, attributes: a } = player;
    const playing = state !== "paused";
    const episode = a.media_series_title && a.media_episode ? `${a.media_series_title} ${a.media_season ?? 0}x${String(a.media_episode).padStart(2, "0")}` : a.media_artist;
    const sub = [episode, a.friendly_name].filter(Boolean).join(" · ");
    const send = (service, data = {}) => this.call("media_player", service, { entity_id: id, ...data });
    const control = (name, label, run) => el("button", { type: "button", "aria-label": label, title: label, "data-key": `${id} ${name}`, onclick: run }, icon(name));
    return el(
      "div",
      { class: "row" },
      a.entity_picture ? el("img", { src: a.entity_picture, alt: "" }) : el("div", { class: "blank" }),
      el(
        "div",
        { class: "text" },
        el("div", { class: "title" }, a.media_title ?? a.friendly_name ?? id),
        el("div", { class: "sub" }, sub),
        el(
          "div",
          { class: "controls" },
          playing ? control("pause", this.text("pause"), () => send("media_pause")) : control("play", this.text("play"), () => send("media_play")),
          control("stop", this.text("stop"), () => send("media_stop")),
          a.media_duration ? this.slider(player, (seconds) => send("media_seek", { seek_position: seconds })) : null,
        ),
      ),
    );
  }

  slider(player, seek) {
    const now = Math.floor(position(player));
    return el("input", {
      type: "range",
      min: 0,
      max: Math.floor(player.attributes.media_duration),
      value: now,
      "aria-label": this.text("seek"),
      "aria-valuetext": clock(now),
      "data-key": `${player.entity_id} seek`,
      onpointerdown: () => (this._held = true),
      onpointerup: () => (this._held = false),
      onpointercancel: () => (this._held = false),
      oninput: ({ target }) => target.setAttribute("aria-valuetext", clock(target.value)),
      onchange: ({ target }) => seek(Number(target.value)),
    });
  }
}

/** Where a player is now, in seconds. */
function position({ state, attributes }) {
  const told = Number(attributes.media_position ?? 0);
  if (state !== "playing" || !attributes.media_position_updated_at) return told;
  const since = (Date.now() - Date.parse(attributes.media_position_updated_at)) / 1000;
  return Math.min(told + Math.max(0, since), Number(attributes.media_duration ?? Infinity));
}

/** `1:02:03` of seconds. */
function clock(seconds) {
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, Math.floor(seconds) % 60];
  if (parts[0] === 0) parts.shift();
  return parts.map((part, at) => (at ? String(part).padStart(2, "0") : part)).join(":");
}

class FoyerContinueCard extends FoyerBase {
  static getStubConfig() {
    return { list: "continue" };
  }

  static getConfigElement() {
    return document.createElement("foyer-continue-card-editor");
  }

  checked(config) {
    if (config.list !== undefined && !LISTS.includes(config.list)) {
      throw new Error(`Foyer: \`list\` must be one of ${LISTS.join(", ")}.`);
    }
    return config;
  }

  getCardSize() {
    return 4;
  }

  getGridOptions() {
    return { columns: 12, min_columns: 6, rows: "auto" };
  }

  get list() {
    return this._config.list ?? "continue";
  }

  connectedCallback() {
    this._state = "";
    super.connectedCallback();
  }

  /** Ask again whenever playback of Foyer's begins or ends: that is when the list changes. */
  changed() {
    if (!this._hass || !this.isConnected) return;
    const { states = {}, entities = {} } = this._hass;
    const playing = Object.values(states).filter((state) => entities[state.entity_id]?.platform === "foyer").map((state) => [state.entity_id, state.state, state.attributes.item_id]);
    const state = JSON.stringify([this.list, this._config.entry_id, this._config.limit, playing]);
    if (state !== this._state) {
      this._state = state;
      this.ask();
    }
    this.show();
  }

  async ask() {
    const asked = this._state;
    const message = { type: "foyer/continue_watching", list: this.list, limit: Number(this._config.limit ?? 12) };
    if (this._config.entry_id) message.entry_id = this._config.entry_id;
    try {
      const answer = await this._hass.callWS(message);
      if (asked === this._state) this._answer = { items: answer.items };
    } catch {
      if (asked === this._state) this._answer = { failed: true };
    }
    this.show();
  }

  targets() {
    const { states = {}, entities = {} } = this._hass;
    return Object.values(states)
      .filter((state) => state.entity_id.startsWith("media_player.") && state.state !== "unavailable" && (state.attributes.supported_features & PLAY_MEDIA) !== 0)
      .filter((state) => entities[state.entity_id]?.platform !== "foyer" || ACTIVE.includes(state.state))
      .map((state) => ({ id: state.entity_id, name: state.attributes.friendly_name ?? state.entity_id }))
      .sort((a, b) => a.name.localeCompare(b.name));
  }

  show() {
    const answer = this._answer;
    if (!answer) return;
    const targets = this._pending ? this.targets() : [];
    this.draw([this._hass.language, this._config, answer, targets, this._pending], () => [
      this.heading(this.text(this.list)),
      this.body(answer),
      this._pending ? this.picker(targets) : null,
    ]);
  }

  body({ failed, items }) {
    if (failed) return el("p", { class: "note", role: "alert" }, this.text("failed"));
    if (!items.length) return el("p", { class: "note" }, this.text("empty"));
    return el("div", { class: "shelf" }, ...items.map((item) => this.tile(item)));
  }

  tile(item) {
    const sub = item.subtitle ?? (item.year ? String(item.year) : "");
    return el(
      "button",
      { type: "button", class: "tile", "data-key": item.item_id, "aria-label": [this.text("play"), item.title, sub].filter(Boolean).join(" "), onclick: () => this.choose(item) },
      el(
        "div",
        { class: "shot" },
        item.image ? el("img", { src: item.image, alt: "", loading: "lazy" }) : null,
        item.progress > 0 ? el("div", { class: "bar" }, el("i", { style: `width:${Math.round(item.progress * 100)}%` })) : null,
      ),
      el("div", { class: "title" }, item.title),
      el("div", { class: "sub" }, sub),
    );
  }

  choose(item) {
    if (this._config.media_player) {
      this.play(item, this._config.media_player);
      return;
    }
    this._pending = item;
    this._target = "";
    this._shown = "";
    this.show();
    this.shadowRoot.querySelector(".target select, .target button")?.focus();
  }

  /** A choice alone begins nothing: with the keyboard one passes every player on the way to the right one. */
  picker(targets) {
    const cancel = el("button", { type: "button", "data-key": "cancel", onclick: () => this.decide() }, this.text("cancel"));
    const row = { class: "target", onkeydown: ({ key }) => key === "Escape" && this.decide() };
    const title = el("span", {}, `${this._pending.title}:`);
    if (!targets.length) return el("div", row, title, el("p", { class: "note", role: "status" }, this.text("none")), cancel);
    const play = el("button", { type: "button", "data-key": "play", disabled: !this._target, onclick: () => this.decide(this._target) }, this.text("play"));
    const choice = el(
      "select",
      { "aria-label": this.text("on"), "data-key": "target", onchange: ({ target }) => (play.disabled = !(this._target = target.value)) },
      el("option", { value: "" }, this.text("choose")),
      ...targets.map((target) => el("option", { value: target.id, selected: target.id === this._target }, target.name)),
    );
    return el("div", row, title, choice, play, cancel);
  }

  /** Play what waits for an answer, or without a target give it up; the focus goes back to where the question arose. */
  decide(target) {
    const item = this._pending;
    this._pending = undefined;
    this.show();
    this.focusOn(item.item_id);
    if (target) this.play(item, target);
  }

  play(item, target) {
    return this.call("foyer", "play_item", { item_id: item.media_content_id, entity_id: target });
  }
}

/** The editors are Home Assistant's own form over a few fields. */
class FoyerEditor extends HTMLElement {
  setConfig(config) {
    this._config = config;
    this.draw();
  }

  set hass(hass) {
    this._hass = hass;
    this.draw();
  }

  text(key) {
    const language = (this._hass?.language ?? "en").split("-")[0];
    return (TEXTS[language] ?? TEXTS.en)[key] ?? key;
  }

  draw() {
    if (!this._hass || !this._config) return;
    if (!this._form) {
      this._form = document.createElement("ha-form");
      this._form.computeLabel = (field) => this.text(field.name);
      this._form.addEventListener("value-changed", (event) => {
        event.stopPropagation();
        const config = Object.fromEntries(Object.entries(event.detail.value).filter(([, value]) => value !== "" && value !== undefined));
        this.dispatchEvent(new CustomEvent("config-changed", { detail: { config }, bubbles: true, composed: true }));
      });
      this.append(this._form);
    }
    Object.assign(this._form, { hass: this._hass, data: this._config, schema: this.schema() });
  }
}

class FoyerCardEditor extends FoyerEditor {
  schema() {
    return [
      { name: "title", selector: { text: {} } },
      { name: "entity", selector: { entity: { domain: "media_player", integration: "foyer" } } },
    ];
  }
}

class FoyerContinueCardEditor extends FoyerEditor {
  schema() {
    return [
      { name: "title", selector: { text: {} } },
      { name: "list", selector: { select: { mode: "dropdown", options: LISTS.map((value) => ({ value, label: this.text(value) })) } } },
      { name: "media_player", selector: { entity: { domain: "media_player" } } },
      { name: "limit", selector: { number: { min: 1, max: 50, mode: "box" } } },
      { name: "entry_id", selector: { config_entry: { integration: "foyer" } } },
    ];
  }
}

const ELEMENTS = {
  "foyer-card": FoyerCard,
  "foyer-continue-card": FoyerContinueCard,
  "foyer-card-editor": FoyerCardEditor,
  "foyer-continue-card-editor": FoyerContinueCardEditor,
};
for (const [name, element] of Object.entries(ELEMENTS)) {
  if (!customElements.get(name)) customElements.define(name, element);
}

window.customCards = window.customCards ?? [];
for (const card of [
  { type: "foyer-card", name: "Foyer: now playing", description: "What plays on Foyer, with controls.", preview: true },
  { type: "foyer-continue-card", name: "Foyer: continue watching", description: "What to continue, what comes next, or what is new.", preview: true },
]) {
  if (!window.customCards.some((known) => known.type === card.type)) window.customCards.push(card);
}
