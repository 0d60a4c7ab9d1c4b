// Sets the colour scheme before the first paint; a file of its own, because the page may run no inline script.
try {
  const chosen = localStorage.getItem("mantine-color-scheme-value");
  const isDark = chosen === "dark" || (chosen !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.setAttribute("data-mantine-color-scheme", isDark ? "dark" : "light");
} catch {
  // Without storage, the page starts light.
}
