import { css } from "lit";

export const trayStyles = css`
  section {
    position: fixed;
    z-index: 18;
    right: max(16px, var(--f-safe-right));
    bottom: calc(14px + var(--f-safe-bottom) + var(--f-bottom-bar, 0px) + var(--f-remote, 0px));
    width: min(400px, calc(100vw - 32px));
    border: 1px solid var(--f-line);
    border-radius: 18px;
    background: var(--f-surface);
    box-shadow: var(--f-shadow-high);
    overflow: hidden;
    animation: rise var(--f-slow) var(--f-ease);
  }
  @keyframes rise {
    from {
      opacity: 0;
      transform: translateY(18px);
    }
  }
  header {
    display: flex;
    align-items: center;
    min-height: 52px;
    padding: 4px 6px 4px 18px;
  }
  h2 {
    flex: 1;
    font-size: 15px;
  }
  ul {
    max-height: min(46dvh, 380px);
    overflow-y: auto;
    overscroll-behavior: contain;
    border-top: 1px solid var(--f-line);
  }
  li {
    display: grid;
    grid-template-columns: minmax(0, 1fr) auto;
    align-items: center;
    gap: 4px 8px;
    padding: 8px 8px 12px 18px;
  }
  li + li {
    border-top: 1px solid var(--f-line);
  }
  .words {
    display: grid;
    line-height: 1.4;
  }
  .name {
    font-size: 14px;
    font-weight: 600;
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .small {
    font-variant-numeric: tabular-nums;
  }
  .wrong {
    color: var(--f-error-ink);
  }
  .end {
    display: flex;
  }
  .ok {
    display: grid;
    place-items: center;
    width: 40px;
    height: 40px;
    color: var(--f-success-ink);
  }
  .meter {
    grid-column: 1 / -1;
    height: 4px;
    margin-right: 10px;
  }
  .waiting .meter i,
  .paused .meter i,
  .interrupted .meter i {
    background: color-mix(in oklab, var(--f-text) 40%, var(--f-bg));
  }
  .failed .meter i {
    background: var(--f-error);
  }
`;
