import { type TemplateResult, css, html } from "lit";
import { styleMap } from "lit/directives/style-map.js";

export const meterStyles = css`
  .meter {
    height: 6px;
    border-radius: 3px;
    background: var(--f-sunken);
    overflow: hidden;
    min-width: 60px;
  }
  .meter i {
    display: block;
    height: 100%;
    border-radius: 3px;
    background: var(--f-primary);
    transition: width var(--f-slow);
  }
  .meter.unknown i {
    width: 35%;
    animation: slide 1.4s ease-in-out infinite alternate;
  }
  @keyframes slide {
    to {
      transform: translateX(186%);
    }
  }
  @media (prefers-reduced-motion: reduce) {
    .meter.unknown i {
      animation: none;
      width: 100%;
      opacity: 0.5;
    }
  }
`;

/** A progress bar; null when nobody knows how far. */
export function meter(fraction: number | null, label: string): TemplateResult {
  if (fraction === null) return html`<div class="meter unknown" role="progressbar" aria-label=${label}><i></i></div>`;
  const percent = Math.round(Math.min(1, Math.max(0, fraction)) * 100);
  return html`<div class="meter" role="progressbar" aria-label=${label} aria-valuenow=${percent} aria-valuemin="0" aria-valuemax="100"><i style=${styleMap({ width: `${percent}%` })}></i></div>`;
}
