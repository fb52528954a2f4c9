import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

/** The entry takes Home Assistant's theme over: nothing is painted before, or a dark house would flash white. */
const paintAfterEntry: Plugin = {
  name: "paint-after-entry",
  transformIndexHtml: { order: "post", handler: (html) => html.replace('<script type="module"', '<script type="module" blocking="render"') },
};

// Every path is relative: the prefix under Home Assistant's ingress changes per session.
export default defineConfig({
  base: "./",
  plugins: [paintAfterEntry],
  build: {
    target: "es2022",
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 700,
  },
  test: { environment: "happy-dom", include: ["src/**/*.test.ts"] },
});
