// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @dev As the runner reads it from `targetSelectors`.
struct FuzzSelector {
    address addr;
    bytes4[] selectors;
}

/// @dev The runner draws each selector as often as it is listed: those of `often` four times as often as those of `seldom`.
/// Both are selectors one after another. What ends a request, or lets much time pass, is seldom, so that others get far.
function weighted(address target, bytes memory often, bytes memory seldom) pure returns (FuzzSelector[] memory drawn) {
    bytes memory all = bytes.concat(bytes.concat(often, often, often, often), seldom);
    drawn = new FuzzSelector[](1);
    (drawn[0].addr, drawn[0].selectors) = (target, new bytes4[](all.length / 4));
    for (uint256 i = 0; i < all.length; i += 4) {
        drawn[0].selectors[i / 4] = bytes4(bytes.concat(all[i], all[i + 1], all[i + 2], all[i + 3]));
    }
}
