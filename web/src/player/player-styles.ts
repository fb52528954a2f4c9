import { css } from "lit";

export const playerStyles = css`
  :host {
    position: absolute;
    inset: 0;
    display: block;
    background: #000;
    color: #fff;
    color-scheme: dark;
    overflow: hidden;
    user-select: none;
    --f-bg: #000;
    --f-surface: #1b1e23;
    --f-sunken: #2a2e35;
    --f-text: #fff;
    --f-muted: #c3c9d0;
    --f-line: rgba(255, 255, 255, 0.16);
    --f-hover: rgba(255, 255, 255, 0.16);
    --f-primary-ink: #5cccf0;
    --f-bar: color-mix(in oklab, var(--f-primary) 82%, #fff);
  }
  :host(.idle) {
    cursor: none;
  }
  video {
    position: absolute;
    inset: 0;
    width: 100%;
    height: 100%;
    outline: none;
  }
  .touch {
    position: absolute;
    inset: 0;
    touch-action: manipulation;
  }
  .shade {
    position: absolute;
    inset: 0;
    pointer-events: none;
    background: linear-gradient(180deg, rgba(0, 0, 0, 0.66) 0, transparent 22%, transparent 66%, rgba(0, 0, 0, 0.78) 100%);
    transition: opacity var(--f-slow);
  }
  .top,
  .bottom {
    position: absolute;
    left: 0;
    right: 0;
    padding: 0 calc(20px + var(--f-safe-right)) 0 calc(20px + var(--f-safe-left));
    transition: opacity var(--f-fast);
  }
  .top {
    top: calc(12px + var(--f-safe-top));
    display: flex;
    align-items: center;
    gap: 12px;
    text-shadow: 0 1px 4px rgba(0, 0, 0, 0.7);
  }
  .top h1 {
    font-size: 18px;
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .top p {
    font-size: 14px;
    opacity: 0.86;
  }
  .top > div {
    min-width: 0;
  }
  .cast {
    margin-left: auto;
  }
  .bottom {
    bottom: calc(8px + var(--f-safe-bottom));
  }
  .idle .top,
  .idle .bottom,
  .idle .shade {
    opacity: 0;
    pointer-events: none;
  }
  .subtitles {
    position: absolute;
    left: 6%;
    right: 6%;
    bottom: calc(11% + 56px);
    display: grid;
    gap: 4px;
    justify-items: center;
    pointer-events: none;
    font-size: clamp(17px, 2.7vw, 38px);
    line-height: 1.32;
    font-weight: 500;
    text-align: center;
    transition: bottom var(--f-fast);
  }
  .idle .subtitles {
    bottom: 7%;
  }
  .subtitles .cue span {
    background: rgba(0, 0, 0, 0.6);
    padding: 2px 12px;
    border-radius: 6px;
    white-space: pre-line;
    box-decoration-break: clone;
    -webkit-box-decoration-break: clone;
  }
  .centre {
    position: absolute;
    inset: 0;
    display: grid;
    place-items: center;
    pointer-events: none;
  }
  .spinner {
    width: 56px;
    height: 56px;
    border-radius: 50%;
    border: 4px solid rgba(255, 255, 255, 0.25);
    border-top-color: #fff;
  }
  .mid {
    display: none;
    gap: 34px;
    align-items: center;
  }
  .mid button {
    pointer-events: auto;
    width: 60px;
    height: 60px;
    border-radius: 50%;
    border: 0;
    background: rgba(0, 0, 0, 0.4);
    color: #fff;
    display: grid;
    place-items: center;
  }
  .mid button.big {
    width: 78px;
    height: 78px;
  }
  .mid .icon {
    width: 34px;
    height: 34px;
  }
  .mid .big .icon {
    width: 50px;
    height: 50px;
  }
  @media (hover: none) {
    :host(:not(.idle)) .mid.on {
      display: flex;
    }
  }
  .flash {
    position: absolute;
    top: 0;
    bottom: 0;
    width: 34%;
    display: grid;
    place-items: center;
    background: radial-gradient(closest-side, rgba(255, 255, 255, 0.2), transparent);
    font-weight: 700;
    pointer-events: none;
    animation: flash 0.5s ease-out both;
  }
  .flash.left {
    left: 0;
  }
  .flash.right {
    right: 0;
  }
  @keyframes flash {
    to {
      opacity: 0;
    }
  }
  .card {
    position: absolute;
    display: grid;
    justify-items: center;
    gap: 14px;
    padding: 28px 32px;
    border-radius: 20px;
    background: rgba(24, 27, 32, 0.94);
    box-shadow: var(--f-shadow-high);
    pointer-events: auto;
    text-align: center;
    max-width: min(460px, calc(100vw - 32px));
  }
  .next {
    position: absolute;
    right: calc(20px + var(--f-safe-right));
    bottom: 128px;
  }
  .stats {
    position: absolute;
    left: 20px;
    top: 76px;
  }
  .message {
    position: absolute;
    top: 84px;
    left: 50%;
    transform: translateX(-50%);
    max-width: min(560px, calc(100vw - 40px));
    padding: 14px 22px;
    border-radius: 14px;
    background: rgba(24, 27, 32, 0.94);
    box-shadow: var(--f-shadow-high);
    font-size: 17px;
  }
`;
