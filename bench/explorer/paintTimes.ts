import type { Browser } from "playwright-core";

/** Milliseconds from the start of a visit. */
export type PaintTimes = {
  /** Something is seen. */
  readonly firstContentfulPaint: number;
  /** The largest thing is seen, as far as it came before the network fell quiet. */
  readonly largestContentfulPaint: number;
  readonly load: number;
  /** Bytes over the wire. */
  readonly transferred: number;
};

// Runs in the page; the largest paint is known to observers alone.
const READ = `new Promise((resolve) => {
  let largest = 0;
  new PerformanceObserver((list) => { for (const it of list.getEntries()) largest = it.startTime; })
    .observe({ type: "largest-contentful-paint", buffered: true });
  setTimeout(() => {
    const [visit] = performance.getEntriesByType("navigation");
    const [paint] = performance.getEntriesByName("first-contentful-paint");
    const resources = performance.getEntriesByType("resource");
    resolve({
      firstContentfulPaint: paint.startTime,
      largestContentfulPaint: largest,
      load: visit.loadEventEnd,
      transferred: [visit, ...resources].reduce((sum, it) => sum + it.transferSize, 0),
    });
  }, 100);
})`;

/** Visits a page as somebody who was never there; one visit in a context of its own each. */
export async function paintTimes(
  browser: Browser,
  url: string,
  visits: number,
): Promise<readonly PaintTimes[]> {
  const times: PaintTimes[] = [];
  for (let visit = 0; visit < visits; visit++) {
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
    const page = await context.newPage();
    await page.goto(url, { waitUntil: "networkidle" });
    times.push(await page.evaluate<PaintTimes>(READ));
    await context.close();
  }
  return times;
}
