import "./data/withoutEval.ts";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./App.tsx";
import { applyTheme } from "./ui/useTheme.ts";
import "./ui/theme.css";

applyTheme();

const root = document.getElementById("root");
if (root === null) throw new Error("the document has no #root");
const client = new QueryClient({
  defaultOptions: { queries: { retry: 1, staleTime: 5_000, refetchInterval: 15_000 } },
});
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={client}>
      <App />
    </QueryClientProvider>
  </StrictMode>,
);
