import js from "@eslint/js";
import { defineConfig, globalIgnores } from "eslint/config";
import tseslint from "typescript-eslint";

export default defineConfig(
  globalIgnores([
    "node_modules",
    "artifacts",
    "cache",
    "coverage",
    "**/dist",
    "**/.ponder",
    // Ponder writes it anew at each start.
    "offchain/indexer/ponder-env.d.ts",
    ".vouch",
    "offchain/protocol/typechain",
    "offchain/protocol/abi",
    "ignition/deployments",
    // Projects of their own, of packages that are not installed here.
    "samples",
    "create-vouch-app/template",
  ]),
  js.configs.recommended,
  {
    files: ["**/*.ts", "**/*.tsx"],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      "@typescript-eslint/no-floating-promises": "error",
      "@typescript-eslint/restrict-template-expressions": [
        "error",
        { allowNumber: true, allowBoolean: true },
      ],
      "@typescript-eslint/consistent-type-definitions": ["error", "type"],
      "@typescript-eslint/consistent-type-imports": "error",
      "no-console": "error",
      // tsc's isolatedDeclarations and erasableSyntaxOnly would refuse the generated TypeChain files too, so the lint
      // holds our own files to them.
      "@typescript-eslint/explicit-module-boundary-types": "error",
      "no-restricted-syntax": [
        "error",
        "TSEnumDeclaration",
        "TSModuleDeclaration[kind!='global']",
        "TSParameterProperty",
        "TSImportEqualsDeclaration",
        "ExportDefaultDeclaration",
      ],
    },
  },
  {
    // Hardhat, Ignition, Ponder, Vite and ESLint read default exports.
    files: [
      "hardhat.config.ts",
      "offchain/explorer/vite.config.ts",
      "offchain/indexer/ponder.config.ts",
      "offchain/indexer/ponder-env.d.ts",
      "offchain/indexer/src/api/index.ts",
      "docs/.vitepress/**/*.ts",
      "offchain/hardhat/index.ts",
      "offchain/hardhat/hooks/*.ts",
      "offchain/hardhat/ignition/modules/*.ts",
    ],
    rules: { "no-restricted-syntax": "off" },
  },
  {
    files: [
      "offchain/hardhat/tasks/**/*.ts",
      "scripts/**/*.ts",
      "bench/**/*.ts",
      "offchain/*/bin/main.ts",
      "create-vouch-app/bin/main.ts",
    ],
    rules: { "no-console": "off" },
  },
  {
    // What Hardhat knows of a plugin is merged into its own interfaces.
    files: ["offchain/hardhat/typeExtensions.ts"],
    rules: {
      "no-restricted-syntax": "off",
      "@typescript-eslint/consistent-type-definitions": "off",
      "@typescript-eslint/no-redundant-type-constituents": "off",
      "@typescript-eslint/no-unused-vars": "off",
    },
  },
  {
    files: ["test/**/*.ts", "browser/**/*.ts"],
    rules: {
      "@typescript-eslint/no-unused-expressions": "off",
      "@typescript-eslint/no-non-null-assertion": "off",
    },
  },
  {
    files: ["**/*.mjs", "**/*.js"],
    languageOptions: { globals: { process: "readonly", console: "readonly", URL: "readonly" } },
    rules: { "no-console": "off" },
  },
);
