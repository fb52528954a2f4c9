/**
 * The panel of an add-on in Home Assistant before 2026, which is not part of Core but of the Supervisor: an ingress
 * session whose id becomes a cookie, a frame for the add-on, and on narrow windows a header with the menu button.
 * Core's frontend runs it in a frame of its own, so that the add-on's frame lies in a frame of Home Assistant.
 */
class SupervisorPanel extends HTMLElement {
  set hass(hass) {
    this.home = hass;
    this.paint();
    this.open();
  }

  set narrow(narrow) {
    this.isNarrow = narrow;
    this.lay();
  }

  set panel(panel) {
    this.slug = panel.config.ingress;
    this.open();
  }

  set route(_) {}

  set showMenu(_) {}

  /** The Supervisor's pages take their theme upon the body, not upon the document. */
  paint() {
    const { themes, theme } = this.home.themes;
    for (const [name, value] of Object.entries(themes[theme] ?? {})) {
      if (typeof value === "string") document.body.style.setProperty(`--${name}`, value);
    }
  }

  async ask(endpoint, method, data) {
    return this.home.callWS({ type: "supervisor/api", endpoint, method, data });
  }

  async open() {
    if (!this.home || !this.slug || this.opened) return;
    this.opened = true;
    const [addon, { session }] = await Promise.all([this.ask(`/addons/${this.slug}/info`, "get"), this.ask("/ingress/session", "post")]);
    document.cookie = `ingress_session=${session};path=/api/hassio_ingress/;SameSite=Strict`;
    setInterval(() => this.ask("/ingress/validate_session", "post", { session }), 60_000);
    this.frame = Object.assign(document.createElement("iframe"), { title: addon.name, src: addon.ingress_url });
    this.header = Object.assign(document.createElement("div"), { className: "header", innerHTML: `<button title="Sidebar toggle">☰</button> ${addon.name}` });
    this.header.firstChild.onclick = () => this.dispatchEvent(new Event("hass-toggle-menu", { bubbles: true, composed: true }));
    const style = document.createElement("style");
    style.textContent = "iframe { display: block; width: 100%; height: 100%; border: 0 } .header { height: 40px; line-height: 40px } .header + iframe { height: calc(100% - 40px) } html, body, hassio-main { display: block; height: 100%; margin: 0 }";
    this.append(style, this.frame);
    this.lay();
  }

  lay() {
    if (!this.frame) return;
    // To move a frame would load it anew.
    if (this.isNarrow || this.home.dockedSidebar === "always_hidden") this.insertBefore(this.header, this.frame);
    else this.header.remove();
  }
}

customElements.define("hassio-main", SupervisorPanel);
