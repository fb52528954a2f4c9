import { css } from "lit";

export const shellStyles = css`
  :host {
    display: block;
    min-height: 100dvh;
    padding: 0 var(--f-safe-right) calc(var(--f-safe-bottom) + var(--f-bottom-bar, 0px) + var(--f-remote, 0px)) var(--f-safe-left);
  }
  .skip {
    position: fixed;
    left: 12px;
    top: -60px;
    z-index: 50;
    background: var(--f-fill);
    color: var(--f-on-fill);
    padding: 10px 16px;
    border-radius: 10px;
  }
  .skip:focus {
    top: 10px;
  }
  header {
    position: sticky;
    top: 0;
    z-index: 20;
    display: flex;
    align-items: center;
    gap: 6px;
    height: calc(var(--f-header) + var(--f-safe-top));
    padding: var(--f-safe-top) calc(var(--f-gutter) - 8px) 0 var(--f-gutter);
    background: color-mix(in oklab, var(--f-bg) 86%, transparent);
    backdrop-filter: blur(14px) saturate(1.4);
    border-bottom: 1px solid var(--f-line);
  }
  .brand {
    display: flex;
    align-items: center;
    gap: 10px;
    font-weight: 750;
    font-size: 18px;
    letter-spacing: -0.02em;
    margin-right: 10px;
    min-height: 40px;
  }
  .brand img {
    display: block;
    border-radius: 7px;
  }
  nav {
    display: flex;
    gap: 2px;
    flex: 1;
    min-width: 0;
    overflow-x: auto;
    scrollbar-width: none;
    align-self: stretch;
    align-items: center;
    mask-image: linear-gradient(90deg, #000 calc(100% - 24px), transparent);
    padding: 0 24px 0 4px;
  }
  nav a {
    display: flex;
    align-items: center;
    gap: 7px;
    min-height: 38px;
    padding: 0 13px;
    border-radius: 999px;
    white-space: nowrap;
    font-size: 14px;
    font-weight: 550;
    color: var(--f-muted);
    transition: background var(--f-fast);
  }
  nav a .icon {
    width: 18px;
    height: 18px;
  }
  nav a:hover {
    background: var(--f-hover);
    color: var(--f-text);
  }
  nav a[aria-current] {
    background: var(--f-tint);
    color: var(--f-primary-ink);
  }
  nav a:focus-visible {
    outline-offset: -3px;
    border-radius: 999px;
  }
  .search {
    position: relative;
    width: clamp(170px, 21vw, 300px);
    flex: none;
  }
  .search .icon {
    position: absolute;
    left: 12px;
    top: 9px;
    width: 20px;
    height: 20px;
    color: var(--f-muted);
    pointer-events: none;
  }
  .search input {
    width: 100%;
    height: 38px;
    padding: 0 12px 0 40px;
    border-radius: 999px;
    border: 1px solid transparent;
    background: var(--f-sunken);
    color: var(--f-text);
    font: inherit;
    font-size: 14px;
  }
  .search input::placeholder {
    color: var(--f-muted);
  }
  .search input:focus-visible {
    border-radius: 999px;
  }
  main {
    display: block;
    min-height: 60vh;
  }
  /* The focus rests here after a change of page; nothing in it is chosen yet. */
  main:focus-visible {
    outline: none;
  }
  main.immersive {
    position: fixed;
    inset: 0;
    z-index: 30;
    background: #000;
  }
  @media (max-width: 720px) {
    nav,
    .search {
      display: none;
    }
    .brand {
      flex: 1;
    }
    header {
      padding-left: 16px;
      padding-right: 10px;
    }
  }
`;
