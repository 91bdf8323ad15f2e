// VitePress bundles them.
declare module "*.css";
