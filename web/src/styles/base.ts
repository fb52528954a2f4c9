import { css } from "lit";

/** What every component shares: box model, focus, links, headings, icons, buttons, chips, skeletons. */
export const base = css`
  *,
  *::before,
  *::after {
    box-sizing: border-box;
  }
  [hidden] {
    display: none !important;
  }
  h1,
  h2,
  h3,
  p,
  ul,
  ol,
  dl,
  dd {
    margin: 0;
    padding: 0;
  }
  ul,
  ol {
    list-style: none;
  }
  h1 {
    font-size: clamp(24px, 3.4vw, 34px);
    line-height: 1.15;
    font-weight: 700;
    letter-spacing: -0.015em;
    text-wrap: balance;
  }
  h2 {
    font-size: 19px;
    line-height: 1.3;
    font-weight: 650;
    letter-spacing: -0.005em;
  }
  h3 {
    font-size: 15px;
    font-weight: 650;
  }
  a {
    color: inherit;
    text-decoration: none;
  }
  a.link {
    color: var(--f-primary-ink);
  }
  a.link:hover {
    text-decoration: underline;
  }
  :focus-visible {
    outline: 3px solid var(--f-primary-ink);
    outline-offset: 2px;
    border-radius: var(--f-radius-s);
  }
  :focus:not(:focus-visible) {
    outline: none;
  }
  .icon {
    width: 1.5em;
    height: 1.5em;
    fill: currentColor;
    flex: none;
    display: block;
  }
  .muted {
    color: var(--f-muted);
  }
  .small {
    font-size: 13px;
  }
  .sr-only {
    position: absolute;
    width: 1px;
    height: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
  button {
    font: inherit;
    color: inherit;
    cursor: pointer;
  }
  button:disabled {
    cursor: default;
    opacity: 0.5;
  }
  .btn,
  .icon-btn {
    display: inline-flex;
    align-items: center;
    justify-content: center;
    gap: 8px;
    min-height: 40px;
    border: 0;
    border-radius: 999px;
    background: var(--f-sunken);
    color: var(--f-text);
    font-weight: 600;
    font-size: 14px;
    padding: 0 18px;
    text-align: center;
    white-space: nowrap;
    transition:
      background var(--f-fast),
      transform var(--f-fast);
  }
  .btn:focus-visible,
  .icon-btn:focus-visible {
    border-radius: 999px;
  }
  .btn .icon {
    margin-left: -4px;
    width: 20px;
    height: 20px;
  }
  .btn:hover:not(:disabled) {
    background: color-mix(in oklab, var(--f-sunken) 88%, var(--f-text));
  }
  .btn:active:not(:disabled) {
    transform: scale(0.98);
  }
  .btn.primary {
    background: var(--f-fill);
    color: var(--f-on-fill);
  }
  .btn.primary:hover:not(:disabled) {
    background: color-mix(in oklab, var(--f-fill) 88%, var(--f-on-fill));
  }
  .btn.danger {
    background: color-mix(in oklab, var(--f-error) 16%, transparent);
    color: var(--f-error-ink);
  }
  .btn.plain,
  .icon-btn {
    background: transparent;
  }
  .btn.plain:hover:not(:disabled),
  .icon-btn:hover:not(:disabled) {
    background: var(--f-hover);
  }
  .btn.big {
    min-height: 48px;
    padding: 0 26px;
    font-size: 16px;
  }
  .icon-btn {
    width: 40px;
    height: 40px;
    padding: 0;
    flex: none;
  }
  .icon-btn.on {
    color: var(--f-primary-ink);
  }
  .chip {
    display: inline-flex;
    align-items: center;
    gap: 6px;
    min-height: 28px;
    padding: 2px 11px;
    border-radius: 999px;
    background: var(--f-sunken);
    color: var(--f-text);
    font-size: 13px;
    white-space: nowrap;
    border: 0;
  }
  button.chip,
  a.chip {
    min-height: 34px;
    padding: 2px 14px;
  }
  button.chip:hover,
  a.chip:hover {
    background: color-mix(in oklab, var(--f-sunken) 88%, var(--f-text));
  }
  .chip[aria-pressed="true"],
  .chip[aria-current="true"] {
    background: var(--f-fill);
    color: var(--f-on-fill);
  }
  .chip.ok {
    color: var(--f-success-ink);
  }
  .chip.warn {
    color: var(--f-warning-ink);
  }
  .chip.bad {
    color: var(--f-error-ink);
  }
  .chips {
    display: flex;
    flex-wrap: wrap;
    gap: 8px;
  }
  .row {
    display: flex;
    align-items: center;
    gap: 10px;
    flex-wrap: wrap;
  }
  .spread {
    justify-content: space-between;
  }
  .panel {
    background: var(--f-surface);
    border: 1px solid var(--f-line);
    border-radius: var(--f-radius-l);
    padding: 18px 20px;
  }
  .bone {
    background: linear-gradient(100deg, var(--f-sunken) 40%, color-mix(in oklab, var(--f-sunken) 80%, var(--f-text)) 50%, var(--f-sunken) 60%) 0 0 / 200% 100%;
    border-radius: var(--f-radius);
    animation: bone 1.6s linear infinite;
  }
  @keyframes bone {
    from {
      background-position: 160% 0;
    }
    to {
      background-position: -40% 0;
    }
  }
  .spin {
    animation: spin 0.9s linear infinite;
  }
  @keyframes spin {
    to {
      transform: rotate(1turn);
    }
  }
  @media (prefers-reduced-motion: reduce) {
    .bone,
    .spin {
      animation: none;
    }
  }
`;
