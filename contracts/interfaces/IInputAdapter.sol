// SPDX-License-Identifier: MIT
pragma solidity >=0.8.27;

import {ReleaseId} from "../types/Ids.sol";

/// @title IInputAdapter
/// @notice Builds the input of a release from what the chain knows, so that nobody needs to be trusted to bring it.
/// @dev Reverts rather than returning an input that is not what the configuration describes. What holds for words that a
/// requester brings holds for these: they are canonical, exactly as many as the release's circuit takes, and every element
/// is in range.
/// Warning: an adapter vouches for how words were derived and not for what they were derived from. An input is no better
/// than its source.
interface IInputAdapter {
    /// @notice Returns the input words of `release` that `config` describes, at this block, and their provenance.
    /// @dev The release is an argument, and no part of the configuration, so that words are never encoded for a release
    /// other than the one they are sent to: a request cannot tell fraction bits that are not its release's.
    /// @param config What to derive, in the encoding that the adapter documents.
    /// @return words Canonical words (docs/statement.md, section 2), for `RequestParams.input`.
    /// @return provenance Hash of everything that the words were derived from, the adapter, the release and the
    /// configuration included. The adapter documents what is hashed, and returns it, so that anybody can open the hash at
    /// the block in which it was made.
    function inputOf(
        ReleaseId release,
        bytes calldata config
    ) external view returns (uint256[] memory words, bytes32 provenance);
}
