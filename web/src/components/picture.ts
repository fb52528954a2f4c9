import { type TemplateResult, css, html, nothing } from "lit";
import { styleMap } from "lit/directives/style-map.js";
import { api } from "../app/services";
import { icon } from "./icon";

/** A picture of the contract in one or two widths. */
export interface Picture {
  url: string;
  large?: string | undefined;
  color?: string | null;
}

export const pictureStyles = css`
  .pic {
    position: relative;
    display: grid;
    place-items: center;
    overflow: hidden;
    background: var(--f-sunken);
    color: var(--f-muted);
  }
  .pic img {
    position: absolute;
    inset: 0;
    width: 100%;
    height: 100%;
    object-fit: cover;
    opacity: 0;
    transition: opacity var(--f-slow);
  }
  .pic img.in {
    opacity: 1;
  }
  .pic > .icon {
    width: 32%;
    height: auto;
    max-width: 72px;
    opacity: 0.45;
  }
`;

const shown = (event: Event): void => (event.target as HTMLElement).classList.add("in");
const lost = (event: Event): void => (event.target as HTMLElement).classList.remove("in");

/**
 * A picture that fades in over its average colour; where there is none, an icon.
 * @param widths the widths in pixels of `url` and `large`
 */
export function picture(image: Picture | null | undefined, fallback: string, widths: readonly [number, number] = [320, 640], sizes = "200px"): TemplateResult {
  const ground = image?.color ? { background: image.color } : {};
  const large = image?.large;
  const set = image && large ? `${api.url(image.url)} ${widths[0]}w, ${api.url(large)} ${widths[1]}w` : nothing;
  return html`<span class="pic" part="picture" style=${styleMap(ground)}>
    ${image ? html`<img class="img" alt="" loading="lazy" decoding="async" sizes=${set === nothing ? nothing : sizes} srcset=${set} src=${api.url(image.url)} @load=${shown} @error=${lost} />` : icon(fallback)}
  </span>`;
}
