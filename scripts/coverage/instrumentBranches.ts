import { type AstNode, spanOf } from "../solidity/parseSolidity.ts";
import { type Branch, branchesOf, tagOf } from "./branchesOf.ts";

/** Where the library below stands among a compiler's sources. */
export const LIBRARY_NAME = "__VouchBranches.sol";

/** Tells EDR of an outcome as Hardhat's own coverage does: by a call to an address that EDR listens at. */
export const LIBRARY: string = `// SPDX-License-Identifier: MIT
pragma solidity >=0.8.0;

library __VouchBranches {
    function take(bool condition, uint256 tag) internal pure returns (bool) {
        _pure(_hit)(condition ? tag + 1 : tag);
        return condition;
    }

    function enter(uint256 tag) internal pure {
        _pure(_hit)(tag + 1);
    }

    function seen(uint256 tag, uint256 outcomes) internal pure {
        if (outcomes & 1 != 0) _pure(_hit)(tag + 1);
        if (outcomes & 2 != 0) _pure(_hit)(tag);
    }

    function _hit(uint256 tag) private view {
        assembly ("memory-safe") {
            mstore(0x00, tag)
            pop(staticcall(gas(), 0xc0bEc0BEc0BeC0bEC0beC0bEC0bEC0beC0beC0BE, 0x00, 32, 0, 0))
        }
    }

    function _pure(function(uint256) internal view f) private pure returns (function(uint256) internal pure g) {
        assembly ("memory-safe") {
            g := f
        }
    }
}
`;

/**
 * Hardhat's own library with its arguments in the scratch space too. It puts them where memory is free, and there a
 * contract may have laid out what the next function hands to a precompile.
 *
 * @throws {Error} where the library is another than the one that this was written for.
 */
export function inScratchSpace(library: string): string {
  const free = "let ptr := mload(0x40)";
  if (!library.includes(free)) throw new Error("Hardhat's coverage library has changed");
  return library.replace(free, "let ptr := 0x00");
}

/** Text put in at a byte offset; at the same offset ends come before beginnings, and outer ones stay outside. */
type Insertion = { readonly at: number; readonly rank: number; readonly text: string };

/**
 * Returns `instrumented`, a file that Hardhat has made ready for coverage of its statements, made ready for coverage of
 * its branches too. These are numbered in the file as it was, which `original` is.
 *
 * @throws {Error} where the two do not have the same branches.
 */
export function instrumentBranches(path: string, original: string, instrumented: string): string {
  const expected = branchesOf(path, original);
  if (expected.length === 0) return instrumented;
  const branches = branchesOf(path, instrumented);
  const same =
    branches.length === expected.length &&
    branches.every(({ kind, text }, index) => {
      const other = expected[index];
      return other !== undefined && kind === other.kind && text === other.text;
    });
  if (!same) throw new Error(`${path} has other branches once it is instrumented`);

  const assemblies = new Set(branches.flatMap(({ assembly }) => assembly?.src ?? []));
  const insertions = [
    ...branches.flatMap(inSolidity),
    ...[...assemblies].flatMap((src) =>
      inAssembly(branches.filter(({ assembly }) => assembly?.src === src)),
    ),
  ];
  return `${insert(instrumented, insertions)}\nimport {__VouchBranches} from "${LIBRARY_NAME}";\n`;
}

function literal(branch: Branch): string {
  return `uint256(0x${tagOf(branch, false)})`;
}

function inSolidity(branch: Branch): readonly Insertion[] {
  const { start, end } = spanOf(branch.node);
  if (branch.kind === "clause")
    return [{ at: start + 1, rank: 0, text: ` __VouchBranches.enter(${literal(branch)}); ` }];
  if (branch.kind !== "condition") return [];
  return [
    // The condition first: it is computed with the fewest values on the stack, of which the compiler reaches sixteen.
    { at: start, rank: 1e9 - end, text: "__VouchBranches.take(" },
    { at: end, rank: -1e9 - start, text: `, ${literal(branch)})` },
  ];
}

/** Assembly may call nothing where a function is pure, so it notes outcomes in a variable that is told afterwards. */
function inAssembly(branches: readonly Branch[]): readonly Insertion[] {
  const assembly = branches[0]?.assembly;
  if (assembly === undefined) return [];
  const { start, end } = spanOf(assembly);
  const noted = branches.flatMap((branch, place): readonly Insertion[] => {
    const note = (outcome: string): string => ` vouchSeen := or(vouchSeen, ${outcome}) `;
    const entered = `0x${(1n << BigInt(2 * place)).toString(16)}`;
    const left = `0x${(2n << BigInt(2 * place)).toString(16)}`;
    const node = spanOf(branch.node);
    const body = spanOf(branch.node["body"] as AstNode);
    if (branch.kind === "yul for") {
      return [
        { at: body.start + 1, rank: 0, text: note(entered) },
        { at: node.end, rank: 0, text: note(left) },
      ];
    }
    const name = `vouchTaken${branch.index}`;
    return [
      { at: node.start, rank: 0, text: ` let ${name} := 0 ` },
      { at: body.start + 1, rank: 0, text: ` ${name} := 1 ${note(entered)}` },
      { at: node.end, rank: 0, text: ` if iszero(${name}) { ${note(left)} }` },
    ];
  });
  const told = branches.map(
    (branch, place) =>
      `__VouchBranches.seen(${literal(branch)}, vouchSeen >> ${(2 * place).toString()});`,
  );
  return [
    { at: start, rank: 2e9, text: "{ uint256 vouchSeen = 0; " },
    ...noted,
    { at: end, rank: -2e9, text: ` ${told.join(" ")} }` },
  ];
}

function insert(text: string, insertions: readonly Insertion[]): string {
  const source = Buffer.from(text);
  const parts: Buffer[] = [];
  let from = 0;
  for (const { at, text: added } of [...insertions].sort(
    (a, b) => a.at - b.at || a.rank - b.rank,
  )) {
    parts.push(source.subarray(from, at), Buffer.from(added));
    from = at;
  }
  return Buffer.concat([...parts, source.subarray(from)]).toString();
}
