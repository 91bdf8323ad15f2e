import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

// What the page needs is in the bundle: no third party is asked for anything, and no script or style stands in the document.
export default defineConfig({
  plugins: [react()],
  build: {
    target: "es2022",
    outDir: "../../dist/explorer",
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1_000,
  },
});
