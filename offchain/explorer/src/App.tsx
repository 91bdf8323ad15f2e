import type { ReactNode } from "react";
import { Suspense } from "react";
import { Switch, Route } from "wouter";
import { ROUTES } from "./routes.ts";
import { Frame } from "./ui/Frame.tsx";
import { Loading } from "./ui/Loading.tsx";
import { Page } from "./ui/Page.tsx";

/** The page as a whole: a frame, and in it what the address names. */
export function App(): ReactNode {
  return (
    <Frame>
      <Suspense fallback={<Loading what="the page" />}>
        <Switch>
          {ROUTES.map(({ path, component }) => (
            <Route key={path} path={path} component={component} />
          ))}
          <Route>
            <Page title="Not found">
              <p>Nothing is at this address.</p>
            </Page>
          </Route>
        </Switch>
      </Suspense>
    </Frame>
  );
}
