import { css } from "lit";

/** Lists of panels and tables of the administration. */
export const adminStyles = css`
  :host {
    display: block;
  }
  .top {
    margin-bottom: 20px;
    min-height: 42px;
  }
  h1 {
    font-size: 26px;
  }
  .list {
    display: grid;
    gap: 12px;
  }
  .bone {
    height: 92px;
  }
  .facts {
    display: flex;
    flex-wrap: wrap;
    gap: 4px 18px;
    font-size: 14px;
    color: var(--f-muted);
  }
  .line {
    display: grid;
    grid-template-columns: auto minmax(0, 1fr) auto;
    gap: 6px 16px;
    align-items: center;
  }
  .line > .icon {
    width: 28px;
    height: 28px;
    color: var(--f-primary-ink);
  }
  .name {
    font-weight: 650;
    overflow-wrap: anywhere;
  }
  .end {
    display: flex;
    align-items: center;
    gap: 4px;
  }
  .break {
    overflow-wrap: anywhere;
  }
  @media (max-width: 560px) {
    .panel {
      padding: 14px;
    }
    .line {
      grid-template-columns: minmax(0, 1fr) auto;
    }
    .line > .icon {
      display: none;
    }
  }
`;
