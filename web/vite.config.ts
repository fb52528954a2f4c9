import { defineConfig } from "vitest/config";

// Every path is relative: the prefix under Home Assistant's ingress changes per session.
export default defineConfig({
  base: "./",
  build: {
    target: "es2022",
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 700,
  },
  test: { environment: "happy-dom", include: ["src/**/*.test.ts"] },
});
