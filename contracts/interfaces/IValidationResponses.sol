// SPDX-License-Identifier: MIT
pragma solidity >=0.8.27;

import {ReleaseId} from "../types/Ids.sol";
import {Receipt} from "../types/Receipt.sol";
import {IERC8004Validation} from "./IERC8004Validation.sol";
import {IEvidenceRouter} from "./IEvidenceRouter.sol";

/// @title IValidationResponses
/// @notice A validator of ERC-8004: responds to an agent's validation request with what evidence was verified.
/// @dev The request names one statement, which the agent made as its operator: `requestHash` is
/// `requestHashOf(agentId, digest, salt)`, and the payload that the standard has it commit to is that function's preimage.
/// The response is the highest that any of the verified evidence gives:
///
/// | evidence                                                                  | response | tag             |
/// |---------------------------------------------------------------------------|----------|-----------------|
/// | proof under a set-up that `attester` attested                             | 100      | `hard-finality` |
/// | proof under any other set-up that is no development one                   | 80       | `soft-finality` |
/// | enclave that is neither simulated, nor vouched for, nor out of date       | 70       | `soft-finality` |
/// | quorum                                                                    | 50       | `soft-finality` |
/// | signature of a staked operator                                            | 20       | `soft-finality` |
/// | proof under a development set-up or by an external verifier; other enclave | none | -               |
///
/// A response never falls, whoever brings what in whatever order, but for one case: a proof of grade 100 that the release,
/// which is bit-exact, gives another output for the same input overturns a lower response, for good: 0, `overturned`.
/// Warning: no response says nothing; a receipt that fails reverts, lest anyone mark down an agent with a bad one. The
/// registry may count a request that was never answered as it likes.
/// Warning: what a grade is worth is the reader's to say. 20 means that stake was there when the receipt was brought.
interface IValidationResponses {
    event Responded(bytes32 indexed requestHash, uint256 indexed agentId, bytes32 indexed digest, uint8 response);
    event Overturned(bytes32 indexed requestHash, uint256 indexed agentId, bytes32 indexed contradiction);

    /// @notice The registry's request is another validator's or another agent's.
    error ValidationNotRequested(bytes32 requestHash, address validator, uint256 agentId);
    /// @notice The statement's operator is neither the agent's owner nor its wallet.
    error AgentNotOperator(uint256 agentId, address operator);
    /// @notice The response would not be above the one given.
    error ResponseNotHigher(bytes32 requestHash, uint8 given, uint8 response);
    error ResponseOverturned(bytes32 requestHash);
    /// @notice Only a response between 0 and 100 is overturned.
    error ResponseNotContestable(bytes32 requestHash, uint8 given);
    /// @notice Outputs of this release may differ though nobody is wrong: it is not bit-exact, or its outputs are not public.
    error ReleaseNotContestable(ReleaseId release);
    /// @notice The two statements are not of one release and input, or do not differ in output.
    error ContradictionInvalid();

    /// @notice Verifies a receipt and responds to the request for its statement; anyone may bring it.
    function respond(uint256 agentId, bytes32 salt, Receipt calldata receipt) external returns (uint8 response);

    /// @notice Overturns the response on a statement by a proof of another output.
    /// @param receipt The statement that was responded to; its evidence is left aside.
    /// @param contradiction Receipt of the same release and input with another output, proven at grade 100.
    function overturn(uint256 agentId, bytes32 salt, Receipt calldata receipt, Receipt calldata contradiction) external;

    /// @notice Returns the hash of the request for the validation of a statement as an agent's.
    /// @param salt Anything; a new one makes another request of the same statement.
    function requestHashOf(uint256 agentId, bytes32 digest, bytes32 salt) external view returns (bytes32);

    /// @notice Returns the response given to a request; 0 for none, and for one that was overturned.
    function responseOf(bytes32 requestHash) external view returns (uint8 response, bool overturned);

    /// @notice Returns the party whose attestation of a set-up makes a proof one of grade 100.
    function attester() external view returns (address);

    /// @notice Returns the validation registry that is responded to.
    function registry() external view returns (IERC8004Validation);

    /// @notice Returns the router that verifies.
    function router() external view returns (IEvidenceRouter);
}
