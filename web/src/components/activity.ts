import { mdiProgressClock } from "@mdi/js";
import { LitElement, css, html, nothing } from "lit";
import { customElement } from "lit/decorators.js";
import { jobWatch, session } from "../app/services";
import { plural } from "../i18n";
import { base } from "../styles/base";
import { icon } from "./icon";

/** A quiet sign in the header that the server is at work. */
@customElement("foyer-activity")
export class Activity extends LitElement {
  static override styles = [
    base,
    css`
      a {
        color: var(--f-primary-ink);
        position: relative;
      }
      .count {
        position: absolute;
        top: 2px;
        right: 0;
        min-width: 17px;
        height: 17px;
        border-radius: 9px;
        background: var(--f-fill);
        color: var(--f-on-fill);
        font-size: 11px;
        line-height: 17px;
      }
    `,
  ];

  constructor() {
    super();
    if (session.may("MANAGE_JOBS")) jobWatch.follow(this);
  }

  protected override render() {
    const count = jobWatch.running.length;
    if (count === 0) return nothing;
    const label = plural("jobs.running", count);
    return html`<a class="icon-btn" href="#/admin/jobs" title=${label} aria-label=${label}>${icon(mdiProgressClock)}<span class="count" aria-hidden="true">${count}</span></a>`;
  }
}
