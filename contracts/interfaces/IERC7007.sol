// SPDX-License-Identifier: MIT
pragma solidity >=0.8.27;

import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";

/// @title IERC7007
/// @notice Token of verifiable content made by a model (ERC-7007). The ERC-165 id is 0x702c55a6.
interface IERC7007 is IERC721 {
    event AigcData(uint256 indexed tokenId, bytes indexed prompt, bytes indexed aigcData, bytes proof);

    /// @notice Gives a token its content.
    function addAigcData(
        uint256 tokenId,
        bytes calldata prompt,
        bytes calldata aigcData,
        bytes calldata proof
    ) external;

    /// @notice Returns whether the proof shows that the model made `aigcData` of `prompt`.
    function verify(
        bytes calldata prompt,
        bytes calldata aigcData,
        bytes calldata proof
    ) external view returns (bool success);
}
