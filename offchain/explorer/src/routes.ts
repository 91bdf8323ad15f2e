import type { LazyExoticComponent, ReactNode } from "react";
import { lazy } from "react";

type RouteOf = {
  readonly path: string;
  /** In the navigation; absent of pages about one thing. */
  readonly label?: string;
  readonly component: LazyExoticComponent<() => ReactNode>;
  /** Whether its document may ask more than others: it has to be loaded, and to be left by a load. */
  readonly hasOwnPolicy?: boolean;
};

// Each page is a chunk of its own, so that nobody waits for charts or for code that verifies who did not ask for it.
const NetworkPage = lazy(() =>
  import("./pages/network/NetworkPage.tsx").then((it) => ({ default: it.NetworkPage })),
);
const ModelsPage = lazy(() =>
  import("./pages/models/ModelsPage.tsx").then((it) => ({ default: it.ModelsPage })),
);
const ReleasePage = lazy(() =>
  import("./pages/models/ReleasePage.tsx").then((it) => ({ default: it.ReleasePage })),
);
const RequestsPage = lazy(() =>
  import("./pages/requests/RequestsPage.tsx").then((it) => ({ default: it.RequestsPage })),
);
const RequestPage = lazy(() =>
  import("./pages/requests/RequestPage.tsx").then((it) => ({ default: it.RequestPage })),
);
const VerifyPage = lazy(() =>
  import("./pages/verify/VerifyPage.tsx").then((it) => ({ default: it.VerifyPage })),
);
const TryPage = lazy(() =>
  import("./pages/try/TryPage.tsx").then((it) => ({ default: it.TryPage })),
);
const OperatorsPage = lazy(() =>
  import("./pages/operators/OperatorsPage.tsx").then((it) => ({ default: it.OperatorsPage })),
);
const OperatorPage = lazy(() =>
  import("./pages/operators/OperatorPage.tsx").then((it) => ({ default: it.OperatorPage })),
);
const FeedsPage = lazy(() =>
  import("./pages/feeds/FeedsPage.tsx").then((it) => ({ default: it.FeedsPage })),
);
const FeedPage = lazy(() =>
  import("./pages/feeds/FeedPage.tsx").then((it) => ({ default: it.FeedPage })),
);
const DisputesPage = lazy(() =>
  import("./pages/disputes/DisputesPage.tsx").then((it) => ({ default: it.DisputesPage })),
);

/** Every address of the explorer, in the order of the navigation. */
export const ROUTES: readonly RouteOf[] = [
  { path: "/", label: "Network", component: NetworkPage },
  { path: "/models", label: "Models", component: ModelsPage },
  { path: "/release/:id", component: ReleasePage },
  { path: "/requests", label: "Requests", component: RequestsPage },
  { path: "/request/:id", component: RequestPage },
  { path: "/verify", label: "Verify", component: VerifyPage, hasOwnPolicy: true },
  { path: "/try", label: "Try", component: TryPage },
  { path: "/operators", label: "Operators", component: OperatorsPage },
  { path: "/operator/:id", component: OperatorPage },
  { path: "/feeds", label: "Feeds", component: FeedsPage },
  { path: "/feed/:id", component: FeedPage },
  { path: "/disputes", label: "Disputes", component: DisputesPage },
];
