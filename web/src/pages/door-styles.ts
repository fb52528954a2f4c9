import { css } from "lit";

/** The look of the two pages in front of the app. */
export const doorStyles = css`
  :host {
    display: grid;
    min-height: 100dvh;
    place-items: center;
    padding: 24px 16px;
    background:
      radial-gradient(80% 60% at 18% 0%, color-mix(in oklab, var(--f-primary) 26%, transparent), transparent 70%),
      radial-gradient(70% 60% at 90% 100%, color-mix(in oklab, var(--f-primary) 14%, transparent), transparent 70%), var(--f-bg);
  }
  main {
    width: min(440px, 100%);
    padding: clamp(24px, 6vw, 40px);
    border-radius: 22px;
    background: var(--f-surface);
    border: 1px solid var(--f-line);
    box-shadow: var(--f-shadow);
    display: grid;
    gap: 20px;
  }
  .mark {
    display: flex;
    align-items: center;
    gap: 14px;
  }
  .mark img {
    width: 48px;
    height: 48px;
  }
  h1 {
    font-size: 26px;
  }
  .btn {
    width: 100%;
    min-height: 46px;
    font-size: 15px;
  }
`;
