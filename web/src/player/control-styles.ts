import { css } from "lit";

export const controlStyles = css`
  :host {
    display: block;
  }
  .bar {
    display: flex;
    align-items: center;
    gap: 2px;
  }
  .icon-btn {
    width: 44px;
    height: 44px;
  }
  .icon-btn .icon,
  foyer-menu .icon {
    width: 25px;
    height: 25px;
  }
  .main .icon {
    width: 34px;
    height: 34px;
  }
  .time {
    margin-left: 10px;
    font-variant-numeric: tabular-nums;
    font-size: 14px;
    white-space: nowrap;
  }
  .of {
    opacity: 0.72;
  }
  .gap {
    flex: 1;
  }
  foyer-menu.set .icon {
    color: var(--f-primary-ink);
  }
  .volume {
    display: flex;
    align-items: center;
  }
  .volume input {
    width: 0;
    opacity: 0;
    margin: 0;
    height: 24px;
    accent-color: #fff;
    transition:
      width var(--f-fast),
      opacity var(--f-fast);
  }
  .volume:hover input,
  .volume:focus-within input {
    width: 84px;
    opacity: 1;
    margin-right: 6px;
  }
  @media (max-width: 620px), (hover: none) {
    .volume {
      display: none;
    }
  }
  @media (max-width: 480px) {
    .bar {
      margin: 0 -10px;
    }
    .icon-btn {
      width: 40px;
    }
    .time {
      margin-left: 4px;
      font-size: 12.5px;
    }
    .of {
      display: none;
    }
    .bar > .icon-btn:nth-of-type(2),
    .bar > .icon-btn:nth-of-type(3) {
      display: none;
    }
  }
`;
