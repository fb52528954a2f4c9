import { css } from "lit";

export const barStyles = css`
  section {
    position: fixed;
    z-index: 19;
    left: max(16px, var(--f-safe-left));
    right: max(16px, var(--f-safe-right));
    bottom: calc(14px + var(--f-safe-bottom) + var(--f-bottom-bar, 0px));
    max-width: 1240px;
    margin: 0 auto;
    display: grid;
    grid-template-columns: auto minmax(120px, 1.1fr) auto minmax(120px, 1.6fr) auto;
    align-items: center;
    gap: 16px;
    min-height: 68px;
    padding: 8px 12px 8px 8px;
    border: 1px solid var(--f-line);
    border-radius: 18px;
    background: color-mix(in oklab, var(--f-surface) 94%, transparent);
    backdrop-filter: blur(18px) saturate(1.4);
    box-shadow: var(--f-shadow-high);
    animation: rise var(--f-slow) var(--f-ease);
  }
  @keyframes rise {
    from {
      opacity: 0;
      transform: translateY(18px);
    }
  }
  .line {
    display: none;
  }
  .art .pic {
    width: 92px;
    aspect-ratio: 16 / 9;
    border-radius: 11px;
    overflow: hidden;
  }
  .words {
    display: grid;
    min-width: 0;
    line-height: 1.35;
  }
  .name {
    font-weight: 650;
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .words .small {
    display: flex;
    align-items: center;
    gap: 6px;
    min-width: 0;
  }
  .words .small > span {
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .words .icon {
    width: 15px;
    height: 15px;
    color: var(--f-primary-ink);
  }
  .middle,
  .end,
  .seek {
    display: flex;
    align-items: center;
    gap: 2px;
  }
  .seek {
    gap: 10px;
    min-width: 0;
  }
  .main {
    background: var(--f-fill);
    color: var(--f-on-fill);
  }
  .main:hover:not(:disabled) {
    background: color-mix(in oklab, var(--f-fill) 88%, var(--f-on-fill));
  }
  .time {
    font-variant-numeric: tabular-nums;
    font-size: 13px;
    color: var(--f-muted);
    min-width: 3.2em;
    text-align: center;
  }
  input[type="range"] {
    flex: 1;
    min-width: 0;
    width: 100%;
    height: 28px;
    margin: 0;
    accent-color: var(--f-fill);
  }
  .volume {
    display: flex;
    align-items: center;
    gap: 6px;
    width: 108px;
    margin-right: 6px;
    color: var(--f-muted);
  }
  .end .btn {
    margin-left: 6px;
  }
  .more {
    display: none;
  }
  .sheet {
    display: grid;
    gap: 14px;
  }
  .sheet .art .pic {
    width: 100%;
    border-radius: 16px;
  }
  .centred {
    text-align: center;
  }
  .sheet h3 {
    font-size: 18px;
  }
  .sheet .middle {
    justify-content: center;
    gap: 18px;
  }
  .sheet .middle .icon-btn {
    width: 52px;
    height: 52px;
  }
  .sheet .middle .main {
    width: 64px;
    height: 64px;
  }
  .sheet .middle .icon {
    width: 28px;
    height: 28px;
  }
  .sheet .volume {
    width: 100%;
    margin: 0;
  }
  .pair {
    display: grid;
    grid-template-columns: 1fr 1fr;
    gap: 10px;
  }
  @media (max-width: 1080px) {
    section {
      grid-template-columns: auto minmax(0, 1fr) auto auto;
      max-width: 720px;
      overflow: hidden;
    }
    section > .seek,
    section > .end {
      display: none;
    }
    .more {
      display: inline-flex;
    }
    .line {
      display: block;
      position: absolute;
      left: 0;
      top: 0;
      height: 3px;
      background: var(--f-primary);
    }
  }
  @media (max-width: 560px) {
    section {
      left: max(8px, var(--f-safe-left));
      right: max(8px, var(--f-safe-right));
      bottom: calc(8px + var(--f-safe-bottom) + var(--f-bottom-bar, 0px));
      gap: 10px;
      padding-right: 6px;
    }
    section > .art .pic {
      width: 76px;
    }
    section > .middle .skip {
      display: none;
    }
  }
`;
