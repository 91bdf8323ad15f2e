// SPDX-License-Identifier: MIT
pragma solidity >=0.8.27;

/// @title Bn254
/// @notice Points of BN254 through the precompiles of EIP-196 and EIP-197.
/// @dev G2 points are `[x.c1, x.c0, y.c1, y.c0]`; the point at infinity is all zeros.
library Bn254 {
    /// @notice Order of the scalar field, and of both groups.
    uint256 internal constant SCALAR_FIELD =
        21888242871839275222246405745257275088548364400416034343698204186575808495617;
    /// @notice Order of the base field, which coordinates are in.
    uint256 internal constant BASE_FIELD =
        21888242871839275222246405745257275088696311157297823662689037894645226208583;

    /// @dev Price of the pairing precompile (EIP-1108), and of each pair.
    uint256 private constant PAIRING_GAS = 45_000;
    uint256 private constant PAIR_GAS = 34_000;

    /// @notice Returns whether an affine point other than infinity satisfies `y² = x³ + 3`.
    /// @dev G1 has cofactor 1: on the curve means in the group.
    function isOnCurve(uint256[2] memory point) internal pure returns (bool) {
        uint256 x = point[0];
        uint256 cube = mulmod(mulmod(x, x, BASE_FIELD), x, BASE_FIELD);
        return mulmod(point[1], point[1], BASE_FIELD) == addmod(cube, 3, BASE_FIELD);
    }

    /// @notice Returns whether the point of canonical coordinates at a place in memory is in G1, infinity included.
    function isInG1(uint256 point) internal pure returns (bool accepted) {
        uint256 field = BASE_FIELD;
        assembly ("memory-safe") {
            let x := mload(point)
            let y := mload(add(point, 0x20))
            let cube := mulmod(mulmod(x, x, field), x, field)
            accepted := or(eq(mulmod(y, y, field), addmod(cube, 3, field)), iszero(or(x, y)))
        }
    }

    /// @notice Returns whether a point of canonical coordinates is in G1, infinity included.
    function isInG1(uint256[2] memory point) internal pure returns (bool) {
        return isInG1(_place(point));
    }

    /// @notice Returns the generator of G2 (EIP-197).
    function generatorOfG2() internal pure returns (uint256[4] memory) {
        return
            [
                11559732032986387107991004021392285783925812861821192530917403151452391805634,
                10857046999023057135944570762232829481370756359578518086990519993285655852781,
                4082367875863433681332203403145435568316851327593401208105741076214120093531,
                8495653923123431417604973247489272438418190587263600148770280649306958101930
            ];
    }

    /// @notice Returns whether a point is on the twist and in its subgroup of order r.
    /// @dev Pairs it with the generator of G1, which makes the precompile check both. A refusal burns the gas forwarded.
    function isInG2(uint256[4] memory point) internal view returns (bool accepted) {
        uint256[6] memory words = [uint256(1), 2, point[0], point[1], point[2], point[3]];
        assembly ("memory-safe") {
            accepted := staticcall(gas(), 0x08, words, 0xc0, words, 0x20)
            accepted := and(accepted, eq(returndatasize(), 0x20))
        }
    }

    /// @notice Returns `base + Σ scalars_i · points_i` for three points of G1; reverts where a precompile refuses.
    function addScaled(
        uint256[2] memory base,
        uint256[2][3] memory points,
        uint256[3] memory scalars
    ) internal view returns (uint256[2] memory sum) {
        bool accepted = true;
        assembly ("memory-safe") {
            let scratch := mload(0x40) // x, y, scalar or second point
            mcopy(sum, base, 0x40)
            for {
                let i := 0
            } lt(i, 0x60) {
                i := add(i, 0x20)
            } {
                mcopy(scratch, mload(add(points, i)), 0x40)
                mstore(add(scratch, 0x40), mload(add(scalars, i)))
                accepted := and(accepted, staticcall(gas(), 0x07, scratch, 0x60, scratch, 0x40))
                mcopy(add(scratch, 0x40), sum, 0x40)
                accepted := and(accepted, staticcall(gas(), 0x06, scratch, 0x80, sum, 0x40))
            }
        }
        require(accepted, PrecompileRefused());
    }

    /// @notice Multiplies the point of G1 at a place in memory.
    /// @dev A point of G1 is refused for want of gas only: fails as running out of it does.
    function multiply(uint256 point, uint256 scalar) internal view {
        assembly ("memory-safe") {
            let scratch := mload(0x40)
            mcopy(scratch, point, 0x40)
            mstore(add(scratch, 0x40), scalar)
            if iszero(staticcall(gas(), 0x07, scratch, 0x60, point, 0x40)) {
                revert(0, 0)
            }
        }
    }

    /// @notice Adds the point of G1 at a place in memory to that at another. Fails likewise.
    function accumulate(uint256 sum, uint256 point) internal view {
        assembly ("memory-safe") {
            let scratch := mload(0x40)
            mcopy(scratch, sum, 0x40)
            mcopy(add(scratch, 0x40), point, 0x40)
            if iszero(staticcall(gas(), 0x06, scratch, 0x80, sum, 0x40)) {
                revert(0, 0)
            }
        }
    }

    /// @notice Returns `scalar · point`; fails as running out of gas does where the point is not in G1.
    function scaled(uint256[2] memory point, uint256 scalar) internal view returns (uint256[2] memory product) {
        product = [point[0], point[1]];
        multiply(_place(product), scalar);
    }

    /// @notice Adds `point` to `sum`, both of G1. Fails likewise.
    function accumulate(uint256[2] memory sum, uint256[2] memory point) internal view {
        accumulate(_place(sum), _place(point));
    }

    /// @notice Returns whether the product of the pairings of `g1_i` with `g2_i` is one; false where a point is refused.
    function isPairingOne(uint256[2][] memory g1, uint256[4][] memory g2) internal view returns (bool) {
        uint256 pairs = g1.length;
        uint256 data;
        assembly ("memory-safe") {
            data := mload(0x40)
            let end := data
            for {
                let i := 1
            } iszero(gt(i, pairs)) {
                i := add(i, 1)
            } {
                mcopy(end, mload(add(g1, shl(5, i))), 0x40)
                mcopy(add(end, 0x40), mload(add(g2, shl(5, i))), 0x80)
                end := add(end, 0xc0)
            }
            mstore(0x40, end)
        }
        return isPairingOne(data, pairs);
    }

    /// @notice Returns whether the product of the pairings of `g1_i` with `g2_i` is one; false where a point is refused.
    function isPairingOne(uint256[2][4] memory g1, uint256[4][4] memory g2) internal view returns (bool) {
        uint256 data;
        assembly ("memory-safe") {
            data := mload(0x40)
            let end := data
            for {
                let i := 0
            } lt(i, 0x80) {
                i := add(i, 0x20)
            } {
                mcopy(end, mload(add(g1, i)), 0x40)
                mcopy(add(end, 0x40), mload(add(g2, i)), 0x80)
                end := add(end, 0xc0)
            }
            mstore(0x40, end)
        }
        return isPairingOne(data, 4);
    }

    /// @notice Returns whether the product of `pairs` pairings is one; false where the precompile refuses a point.
    /// @dev A refusal burns all the gas forwarded, so no more is than five quarters of the price of EIP-1108. Fails as running
    /// out of gas does where less than that could be forwarded and the precompile did not accept: false never means that the
    /// caller was short of gas, which whoever sends a transaction chooses.
    /// Warning: where pairings are priced higher still, none is one.
    /// @param data Place in memory of the pairs, six words each: a point of G1, then one of G2.
    function isPairingOne(uint256 data, uint256 pairs) internal view returns (bool one) {
        uint256 limit = ((PAIRING_GAS + pairs * PAIR_GAS) * 5) / 4;
        assembly ("memory-safe") {
            let accepted := staticcall(limit, 0x08, data, mul(pairs, 0xc0), 0x00, 0x20)
            // All but a 64th can be forwarded (EIP-150): had `limit` been, more than a 63rd of it were left.
            if and(iszero(accepted), iszero(gt(gas(), div(limit, 63)))) {
                revert(0, 0)
            }
            one := and(and(accepted, eq(returndatasize(), 0x20)), eq(mload(0x00), 1))
        }
    }

    function _place(uint256[2] memory point) private pure returns (uint256 place) {
        assembly ("memory-safe") {
            place := point
        }
    }

    /// @notice A point is not on the curve, or a coordinate is not canonical.
    error PrecompileRefused();
}
