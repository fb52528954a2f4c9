import { css } from "lit";

/** Every colour, size and duration of the app. Each colour is a variable of Home Assistant's theme with its own default. */
export const tokens = css`
  :root {
    color-scheme: light dark;
    --f-bg: var(--primary-background-color, light-dark(#f6f7f9, #101215));
    --f-surface: var(--card-background-color, light-dark(#ffffff, #1a1d21));
    --f-sunken: var(--secondary-background-color, light-dark(#e7eaee, #262a30));
    --f-text: var(--primary-text-color, light-dark(#14181c, #eceff2));
    --f-muted: color-mix(in oklab, var(--f-text) 68%, var(--f-bg));
    --f-line: var(--divider-color, light-dark(rgba(10, 20, 30, 0.13), rgba(230, 240, 250, 0.13)));
    --f-primary: var(--primary-color, #009ac7);
    --f-fill: #007ea3;
    --f-on-fill: #fff;
    --f-primary-ink: light-dark(#006f91, #3cc1ea);
    --f-tint: color-mix(in oklab, var(--f-primary) 14%, transparent);
    --f-hover: color-mix(in oklab, var(--f-text) 8%, transparent);
    --f-error: var(--error-color, #db4437);
    --f-error-ink: light-dark(#b3261e, #ff8a80);
    --f-warning-ink: light-dark(#8a5a00, #ffc46b);
    --f-success-ink: light-dark(#2a7030, #7fd086);
    --f-star: light-dark(#b26a00, #ffb84d);
    --f-shadow: 0 1px 2px rgba(0, 0, 0, 0.12), 0 6px 20px rgba(0, 0, 0, 0.1);
    --f-shadow-high: 0 4px 12px rgba(0, 0, 0, 0.18), 0 16px 48px rgba(0, 0, 0, 0.28);
    --f-font: var(--ha-font-family-body, Roboto, "Noto Sans", system-ui, -apple-system, "Segoe UI", sans-serif);
    --f-radius-s: 6px;
    --f-radius: 10px;
    --f-radius-l: var(--ha-card-border-radius, 14px);
    --f-gutter: clamp(16px, 3.2vw, 48px);
    --f-header: var(--header-height, 56px);
    --f-fast: 140ms;
    --f-slow: 320ms;
    --f-ease: cubic-bezier(0.2, 0.7, 0.2, 1);
    --f-safe-top: env(safe-area-inset-top, 0px);
    --f-safe-bottom: env(safe-area-inset-bottom, 0px);
    --f-safe-left: env(safe-area-inset-left, 0px);
    --f-safe-right: env(safe-area-inset-right, 0px);
  }
  @media (max-width: 720px) {
    :root {
      --f-bottom-bar: 60px;
    }
  }
  @media (prefers-reduced-motion: reduce) {
    :root {
      --f-fast: 1ms;
      --f-slow: 1ms;
    }
  }
  html {
    background: var(--f-bg);
    color: var(--f-text);
    font: 400 15px/1.5 var(--f-font);
    -webkit-text-size-adjust: 100%;
    scrollbar-color: color-mix(in oklab, var(--f-text) 30%, transparent) transparent;
    -webkit-tap-highlight-color: transparent;
  }
  body {
    margin: 0;
    min-height: 100dvh;
  }
  html.locked {
    overflow: hidden;
  }
`;

/** Apply them to the page; adopted, so that no inline style is needed. */
export function adoptTokens(): void {
  if (tokens.styleSheet) document.adoptedStyleSheets = [...document.adoptedStyleSheets, tokens.styleSheet];
}
