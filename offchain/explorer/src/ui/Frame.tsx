import type { ReactNode } from "react";
import { useState } from "react";
import { Link, useLocation } from "wouter";
import { ROUTES } from "../routes.ts";
import { Health } from "./Health.tsx";
import { Select } from "./Select.tsx";
import type { Theme } from "./useTheme.ts";
import { useTheme } from "./useTheme.ts";
import "./frame.css";

const THEMES: readonly { readonly value: Theme; readonly label: string }[] = [
  { value: "system", label: "as the device" },
  { value: "light", label: "light" },
  { value: "dark", label: "dark" },
];

/** Header with the navigation, the main part, and a footer that says how far the indexer is. */
export function Frame({ children }: { readonly children: ReactNode }): ReactNode {
  const [at] = useLocation();
  const [isOpen, setOpen] = useState(false);
  const [theme, setTheme] = useTheme();
  const isHere = (path: string): boolean => at === path || (path !== "/" && at.startsWith(path));
  const isLoaded = ROUTES.some(({ path, hasOwnPolicy }) => hasOwnPolicy === true && path === at);
  return (
    <>
      <a className="skip" href="#main">
        Skip to the content
      </a>
      <header className="header">
        <Link href="/" className="brand">
          <img src="/icon.svg" alt="" width="28" height="28" /> Vouch <span>explorer</span>
        </Link>
        <button
          type="button"
          className="menu"
          aria-expanded={isOpen}
          aria-controls="pages"
          onClick={() => {
            setOpen(!isOpen);
          }}
        >
          Menu
        </button>
        <nav id="pages" aria-label="Pages" data-open={isOpen}>
          {ROUTES.filter(({ label }) => label !== undefined).map(
            ({ path, label, hasOwnPolicy }) => {
              const current = isHere(path) ? "page" : undefined;
              if (isLoaded || hasOwnPolicy === true)
                return (
                  <a key={path} href={path} aria-current={current}>
                    {label}
                  </a>
                );
              return (
                <Link
                  key={path}
                  href={path}
                  aria-current={current}
                  onClick={() => {
                    setOpen(false);
                  }}
                >
                  {label}
                </Link>
              );
            },
          )}
        </nav>
      </header>
      <main id="main" tabIndex={-1}>
        {children}
      </main>
      <footer className="footer">
        <Health />
        <Select label="Colours" value={theme} options={THEMES} onChange={setTheme} />
      </footer>
    </>
  );
}
