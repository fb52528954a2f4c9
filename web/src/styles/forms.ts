import { css } from "lit";

export const forms = css`
  form,
  .form {
    display: grid;
    gap: 16px;
  }
  .field {
    display: grid;
    gap: 6px;
  }
  .field > .label,
  .field > label {
    font-weight: 600;
    font-size: 14px;
  }
  .hint {
    color: var(--f-muted);
    font-size: 13px;
  }
  .wrong {
    color: var(--f-error-ink);
    font-size: 13px;
  }
  input:not([type="checkbox"], [type="radio"], [type="range"]),
  select,
  textarea {
    font: inherit;
    color: var(--f-text);
    background: var(--f-bg);
    border: 1px solid color-mix(in oklab, var(--f-text) 46%, var(--f-bg));
    border-radius: var(--f-radius);
    min-height: 42px;
    padding: 8px 12px;
    width: 100%;
    min-width: 0;
  }
  select {
    padding-right: 8px;
  }
  input[aria-invalid="true"] {
    border-color: var(--f-error-ink);
  }
  input[type="checkbox"],
  input[type="radio"] {
    width: 20px;
    height: 20px;
    accent-color: var(--f-fill);
    margin: 0;
    flex: none;
  }
  label.check {
    display: flex;
    align-items: center;
    gap: 10px;
    min-height: 32px;
    cursor: pointer;
  }
  .actions {
    display: flex;
    flex-wrap: wrap;
    justify-content: flex-end;
    gap: 10px;
  }
  .failure {
    display: flex;
    gap: 10px;
    align-items: center;
    padding: 10px 14px;
    border-radius: var(--f-radius);
    background: color-mix(in oklab, var(--f-error) 14%, transparent);
    color: var(--f-error-ink);
  }
`;
