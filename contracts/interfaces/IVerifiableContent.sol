// SPDX-License-Identifier: MIT
pragma solidity >=0.8.27;

import {ReleaseId, RequestId} from "../types/Ids.sol";
import {SetupTrust} from "../types/Policy.sol";
import {IERC7007} from "./IERC7007.sol";
import {IEvidenceRouter} from "./IEvidenceRouter.sol";

/// @title IVerifiableContent
/// @notice A collection of what one release made of prompts, each token with a proof (ERC-7007, validity proofs).
/// @dev `prompt` and `aigcData` are the words of input and output, 32 bytes each, so that `keccak256(prompt)` is the
/// statement's input hash. As the standard has it, this hash is the token's id: a prompt is minted once.
/// `proof` is `abi.encode(address owner, bytes32 salt, address operator, Evidence[] evidence)`, of the statement whose
/// request id is `requestOf(owner, keccak256(prompt), salt)`. The proof thus names chain, collection, owner and prompt: copied
/// from the mempool it mints to the same owner. That id, which tells nobody the prompt, is claimed `CLAIM_DELAY` before the
/// prompt becomes public, so that whoever learns the prompt then comes too late for a claim of its own.
/// Warning: prompts of little entropy are guessed and may be claimed by anyone. A release that does not give the same output
/// every time lets the owner choose among outputs.
/// Warning: `verify` answers for now: a set-up whose trust is lost is no longer accepted, while tokens stay.
interface IVerifiableContent is IERC7007 {
    /// @notice Somebody will show content of a prompt under this request id.
    event PromptClaimed(RequestId indexed request);

    error PromptAlreadyClaimed(RequestId request);
    /// @notice The request id was not claimed, or not long enough ago.
    error PromptNotClaimed(RequestId request, uint256 mintableAt);
    /// @notice A token's id is the hash of its prompt.
    error TokenIdMismatch(uint256 tokenId, uint256 expected);
    /// @notice Prompt or content is not made of whole words.
    error ContentNotWords(uint256 length);

    /// @notice Claims a request id, the commitment to an owner and a prompt; anyone may.
    function claim(RequestId request) external;

    /// @notice Reverts unless the proof shows that the release made `aigcData` of `prompt`; returns whom the token is for, and
    /// under which request.
    function requireContent(
        bytes calldata prompt,
        bytes calldata aigcData,
        bytes calldata proof
    ) external view returns (address owner, RequestId request);

    /// @notice Returns the request id under which a prompt is run for `owner` in this collection.
    function requestOf(address owner, bytes32 promptHash, bytes32 salt) external view returns (RequestId);

    /// @notice Returns when a request id may be used to mint; zero where it was not claimed.
    function mintableAt(RequestId request) external view returns (uint256);

    /// @notice Returns the hash of a token's content; zero for no token.
    function contentHashOf(uint256 tokenId) external view returns (bytes32);

    /// @notice Returns which set-ups of circuits every proof is demanded under, on top of the release's floor.
    function trusted() external view returns (SetupTrust trust, bytes32 pin);

    /// @notice Returns the release that makes the collection's content.
    function release() external view returns (ReleaseId);

    /// @notice Returns the router that verifies.
    function router() external view returns (IEvidenceRouter);
}
