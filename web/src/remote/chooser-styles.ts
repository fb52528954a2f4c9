import { css } from "lit";

export const chooserStyles = css`
  ul {
    display: grid;
    gap: 4px;
    margin: 0 -10px;
  }
  .place {
    display: grid;
    grid-template-columns: auto minmax(0, 1fr) auto;
    align-items: center;
    gap: 14px;
    width: 100%;
    min-height: 60px;
    padding: 8px 14px 8px 10px;
    border: 0;
    border-radius: 14px;
    background: none;
    text-align: left;
    transition: background var(--f-fast);
  }
  .place:hover:not(:disabled) {
    background: var(--f-hover);
  }
  .place:focus-visible {
    outline-offset: -3px;
    border-radius: 14px;
  }
  .place:disabled {
    opacity: 1;
  }
  .place:disabled:not([aria-current], [aria-busy="true"]) .words {
    color: var(--f-muted);
  }
  .place[aria-current] {
    background: var(--f-tint);
    color: var(--f-primary-ink);
  }
  .mark {
    display: grid;
    place-items: center;
    width: 42px;
    height: 42px;
    border-radius: 12px;
    background: var(--f-sunken);
  }
  .busy .mark,
  .place[aria-current] .mark {
    background: var(--f-tint);
    color: var(--f-primary-ink);
  }
  .words {
    display: grid;
    line-height: 1.35;
  }
  .name {
    font-weight: 600;
    overflow-wrap: anywhere;
  }
  .bone {
    height: 60px;
  }
  .failure {
    margin-top: 14px;
    padding: 10px 14px;
    border-radius: var(--f-radius);
    background: color-mix(in oklab, var(--f-error) 14%, transparent);
    color: var(--f-error-ink);
  }
  .none {
    display: grid;
    gap: 6px;
    margin-top: 12px;
    padding: 14px 16px;
    border-radius: 14px;
    background: color-mix(in oklab, var(--f-sunken) 55%, transparent);
  }
`;
