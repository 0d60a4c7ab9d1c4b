/** The theme: the only file with a colour in it. Everything else names a variable of this page. */

import { type CSSVariablesResolver, createTheme, Drawer, type MantineColorsTuple, Modal } from "@mantine/core";

const iris: MantineColorsTuple = [
  "#eef0ff",
  "#dfe2fd",
  "#bcc1f6",
  "#989ff0",
  "#7980ea",
  "#656ce7",
  "#585fe5",
  "#4a50cc",
  "#4046b7",
  "#343aa1",
];

const slate: MantineColorsTuple = [
  "#d5d9e2",
  "#aab1c0",
  "#8b93a5",
  "#626a7c",
  "#444b5b",
  "#333a48",
  "#242a36",
  "#181d27",
  "#12161f",
  "#0c0f16",
];

/** The cross of a dialog has no text of its own. */
const closeButtonProps = { "aria-label": "Close" };
/** The head of a dialog is a `header`, which would be a second banner of the page. */
const attributes = { header: { role: "presentation" } };
const title = { fontSize: "1rem", fontWeight: 620, lineHeight: 1.35 };

export const theme = createTheme({
  primaryColor: "iris",
  primaryShade: { light: 7, dark: 7 },
  autoContrast: true,
  colors: { iris, dark: slate },
  defaultRadius: "md",
  fontFamily: "Inter, system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif",
  fontFamilyMonospace: "ui-monospace, 'SF Mono', 'Cascadia Mono', 'Roboto Mono', 'DejaVu Sans Mono', monospace",
  headings: { fontWeight: "620", sizes: { h1: { fontSize: "1.375rem" }, h2: { fontSize: "1rem" } } },
  cursorType: "pointer",
  components: {
    Modal: Modal.extend({ defaultProps: { closeButtonProps, attributes }, styles: { title } }),
    Drawer: Drawer.extend({ defaultProps: { closeButtonProps, attributes }, styles: { title } }),
    Notification: { defaultProps: { closeButtonProps }, styles: { description: { color: "var(--text-quiet)" } } },
    Badge: { defaultProps: { tt: "none" } },
    // A link in a text is told by more than its colour.
    Anchor: { defaultProps: { underline: "always" } },
  },
});

/** Colours of statuses as text on the page; each has a contrast of at least 4.5 on `--surface`. */
const light = {
  "--page": "#f6f7f9",
  "--surface": "#ffffff",
  "--raised": "#f1f3f6",
  "--line": "#dfe3ea",
  "--text": "#1b2130",
  "--text-quiet": "#586175",
  "--focus": "#4a50cc",
  "--shadow": "rgb(0 0 0 / 0.16)",
  "--status-ready": "#51596b",
  "--status-running": "#1462ad",
  "--status-waiting": "#6b3fc4",
  "--status-completed": "#1f6f34",
  "--status-failed": "#bd2130",
  "--status-skipped": "#626a7c",
  "--status-cancelled": "#51596b",
  "--status-pending": "#51596b",
  "--status-paused": "#955200",
  "--json-key": "#3d4299",
  "--json-text": "#1f6f34",
  "--json-number": "#a03a00",
  "--json-word": "#6b3fc4",
};

const dark: typeof light = {
  "--page": "#12161f",
  "--surface": "#181d27",
  "--raised": "#202633",
  "--line": "#303747",
  "--text": "#e3e7ef",
  "--text-quiet": "#9aa3b5",
  "--focus": "#989ff0",
  "--shadow": "rgb(0 0 0 / 0.4)",
  "--status-ready": "#b3bac9",
  "--status-running": "#74b9ff",
  "--status-waiting": "#b79cff",
  "--status-completed": "#6fd287",
  "--status-failed": "#ff8b8b",
  "--status-skipped": "#9aa3b5",
  "--status-cancelled": "#b3bac9",
  "--status-pending": "#b3bac9",
  "--status-paused": "#ffbf69",
  "--json-key": "#a9b0ff",
  "--json-text": "#7fd495",
  "--json-number": "#ffb078",
  "--json-word": "#c2aaff",
};

/** Mantine's own variables for these schemes, so that its components and ours have the same surfaces. */
function withMantine(colours: typeof light): Record<string, string> {
  return {
    ...colours,
    "--mantine-color-body": colours["--surface"],
    "--mantine-color-text": colours["--text"],
    "--mantine-color-dimmed": colours["--text-quiet"],
    "--mantine-color-default-border": colours["--line"],
    "--mantine-color-placeholder": colours["--text-quiet"],
  };
}

export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: withMantine(light),
  dark: withMantine(dark),
});
