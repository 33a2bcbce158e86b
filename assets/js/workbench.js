import { attachKeys } from "./keys.js";
import { start } from "./page.js";
import { attachPalette } from "./palette.js";
import { attachTables } from "./tables.js";

start();
attachTables();
attachPalette();
attachKeys();
