// SPDX-License-Identifier: MIT
pragma solidity >=0.8.27;

import {ITallies} from "./interfaces/ITallies.sol";
import {ReleaseId} from "./types/Ids.sol";

/// @title Tallies
/// @notice Counts final answers by what supports them: the distribution of evidence as a fact, readable by any contract.
abstract contract Tallies is ITallies {
    mapping(ReleaseId release => mapping(bytes32 key => Tally tally)) private _tallies;

    /// @inheritdoc ITallies
    function tallyOf(ReleaseId release, address token, uint8 kinds, uint8 flags) external view returns (Tally memory) {
        return _tallies[release][_key(token, kinds, flags)];
    }

    /// @dev Counts an answer for its release and for all of them.
    function _count(ReleaseId release, address token, uint8 kinds, uint8 flags, uint256 fee) internal {
        bytes32 key = _key(token, kinds, flags);
        _add(_tallies[release][key], fee);
        _add(_tallies[ReleaseId.wrap(0)][key], fee);
    }

    /// @dev 2^64 answers are out of reach, and a fee has 96 bits.
    function _add(Tally storage tally, uint256 fee) private {
        (uint64 results, uint192 value) = (tally.results, tally.value);
        (tally.results, tally.value) = (results + 1, value + uint192(fee));
    }

    function _key(address token, uint8 kinds, uint8 flags) private pure returns (bytes32) {
        return bytes32(uint256(uint160(token)) | (uint256(kinds) << 160) | (uint256(flags) << 168));
    }
}
