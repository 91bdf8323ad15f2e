import { useEffect, useState } from "react";

/** What the visitor chose; `system` follows the device. */
export type Theme = "system" | "light" | "dark";

const KEY = "vouch.theme";

/** Returns the theme, and what changes it. It is kept in this browser, where that lets it be. */
export function useTheme(): readonly [Theme, (theme: Theme) => void] {
  const [theme, setTheme] = useState<Theme>(readTheme);
  useEffect(() => {
    applyTheme(theme);
  }, [theme]);
  return [
    theme,
    (chosen) => {
      setTheme(chosen);
      try {
        localStorage.setItem(KEY, chosen);
      } catch {
        // A browser that keeps nothing follows the device the next time.
      }
    },
  ];
}

/** Applies what was chosen; called before anything is drawn, so that nothing flashes. */
export function applyTheme(theme: Theme = readTheme()): void {
  const { dataset } = document.documentElement;
  if (theme === "system") delete dataset["theme"];
  else dataset["theme"] = theme;
}

function readTheme(): Theme {
  try {
    const kept = localStorage.getItem(KEY);
    return kept === "light" || kept === "dark" ? kept : "system";
  } catch {
    return "system";
  }
}
