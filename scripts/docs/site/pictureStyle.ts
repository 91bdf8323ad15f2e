/**
 * What every file of docs/pictures/ has as its style, for where it is shown as an image: the reader's own fonts, and colours for light and
 * dark ground. On the site `docs/.vitepress/theme/pictures.css` says the same of its classes by the theme's colours.
 */
export const PICTURE_STYLE = `
    text { font: 12px system-ui, sans-serif; fill: #1f2937; }
    .name { font-size: 15px; font-weight: 600; }
    .field { font-family: ui-monospace, "DejaVu Sans Mono", monospace; }
    .soft { fill: #5b6472; }
    .middle { text-anchor: middle; }
    .end { text-anchor: end; }
    .box { fill: #f3f4f6; stroke: #9ca3af; }
    .good { stroke: #0f766e; stroke-width: 2; }
    .line { fill: none; stroke: #6b7280; stroke-width: 1.5; }
    .point { fill: #6b7280; }
    .bar { fill: #0d9488; }
    @media (prefers-color-scheme: dark) {
      text { fill: #e5e7eb; }
      .soft { fill: #a3acba; }
      .box { fill: #262b33; stroke: #6b7280; }
      .good { stroke: #5eead4; }
      .line { stroke: #9ca3af; }
      .point { fill: #9ca3af; }
      .bar { fill: #2dd4bf; }
    }
  `;
