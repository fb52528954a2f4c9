import { css } from "lit";

export const headStyles = css`
  :host {
    display: block;
    position: relative;
    isolation: isolate;
  }
  .backdrop {
    position: absolute;
    inset: 0 0 auto;
    height: clamp(240px, 44vw, 540px);
    z-index: -1;
    overflow: hidden;
    mask-image: linear-gradient(180deg, #000 35%, transparent 98%);
    opacity: 0.62;
  }
  .backdrop .pic {
    height: 100%;
    background: none;
  }
  .backdrop .pic img {
    object-position: 50% 22%;
  }
  .backdrop::after {
    content: "";
    position: absolute;
    inset: 0;
    background: linear-gradient(90deg, color-mix(in oklab, var(--f-bg) 88%, transparent), color-mix(in oklab, var(--f-bg) 30%, transparent));
  }
  .head {
    display: grid;
    grid-template-columns: auto 1fr;
    gap: clamp(18px, 3vw, 40px);
    padding: clamp(24px, 7vw, 110px) var(--f-gutter) 8px;
    align-items: end;
  }
  .head.bare {
    padding-top: 28px;
  }
  .poster {
    width: clamp(120px, 19vw, 240px);
    border-radius: var(--f-radius-l);
    overflow: hidden;
    box-shadow: var(--f-shadow-high);
    align-self: start;
  }
  .poster .pic {
    aspect-ratio: 2 / 3;
  }
  .poster.wide {
    width: clamp(160px, 26vw, 360px);
  }
  .poster.wide .pic {
    aspect-ratio: 16 / 9;
  }
  .words {
    display: grid;
    gap: 12px;
    min-width: 0;
    align-self: center;
  }
  h1 {
    overflow-wrap: anywhere;
  }
  .parents {
    display: flex;
    flex-wrap: wrap;
    gap: 4px 14px;
    font-weight: 600;
  }
  .facts {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 6px 16px;
    color: color-mix(in oklab, var(--f-text) 86%, var(--f-bg));
    font-weight: 500;
  }
  .facts > span {
    display: inline-flex;
    align-items: center;
  }
  .box {
    border: 1px solid color-mix(in oklab, var(--f-text) 45%, transparent);
    border-radius: 5px;
    padding: 1px 7px;
    font-size: 12.5px;
    font-weight: 650;
  }
  .stars {
    display: inline-flex;
    gap: 4px;
    align-items: center;
  }
  .stars .icon {
    width: 18px;
    height: 18px;
    color: var(--f-star);
  }
  .tagline {
    font-style: italic;
    color: var(--f-muted);
  }
  .overview {
    max-width: 76ch;
    line-height: 1.6;
    white-space: pre-line;
  }
  @media (max-width: 620px) {
    .head,
    .head.bare {
      grid-template-columns: 1fr;
      padding-top: 26vw;
      gap: 16px;
    }
    .head.bare {
      padding-top: 20px;
    }
    .poster:not(.wide) {
      width: 138px;
    }
    .poster.wide {
      width: 100%;
    }
    .backdrop {
      height: 72vw;
    }
  }
`;
