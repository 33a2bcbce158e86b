import tailwindcss from "@tailwindcss/vite";
import { defineConfig } from "vite";

// htmx keeps one direct eval for attributes that we never use; without it the CSP has nothing to refuse and names can be shortened.
const withoutEval = {
  name: "htmx-without-eval",
  transform: (code, id) => (id.includes("htmx.esm") ? code.replace("return eval(str)", 'throw new Error("eval is off")') : null),
};

// Built files go where Django's static finder looks; they are never committed.
export default defineConfig({
  base: "./",
  plugins: [withoutEval, tailwindcss()],
  publicDir: "public",
  build: {
    outDir: "../src/guanxi/core/static/dist",
    emptyOutDir: true,
    manifest: "manifest.json",
    target: "es2022",
    modulePreload: false,
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 800,
    rolldownOptions: {
      input: ["js/workbench.js", "js/portal.js", "css/workbench.css", "css/portal.css"],
    },
  },
});
