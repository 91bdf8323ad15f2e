// SPDX-License-Identifier: MIT
pragma solidity >=0.8.27;

import {ReleaseId} from "../types/Ids.sol";
import {Policy} from "../types/Policy.sol";
import {IInferenceRequests} from "./IInferenceRequests.sol";

/// @title IPolicyQuotes
/// @notice Prices each branch of a policy: the gas and the time that an answer by it takes, and what such answers were paid.
/// @dev `quote` is for callers off-chain: it reads the counts behind a fee key by key, up to 1.3 million gas for an
/// alternative. `cheapest` reads none.
/// @dev Gas is of a model, in units of gas: of all transactions after the lock until the answer is final, without callbacks.
/// Words are taken as bytes other than zero, storage as used before. docs/protocol.md says how far it may be off, and tests
/// hold it to that. Time is in seconds, as far as contracts enforce it: running a model and proving it come on top.
/// @dev Warning: fees are history. Nothing says that anybody will serve for as much, and an operator can ask itself.
interface IPolicyQuotes {
    /// @notice What final answers were paid in one token.
    /// @param results Final answers counted, late ones included, which are paid nothing; 0: there is no sample.
    /// @param mean Their mean fee in the token's smallest unit, royalty included, rounded down; 0 without a sample.
    struct Fees {
        uint256 results;
        uint256 mean;
    }

    /// @notice One alternative of a clause. All else is zero where `possible` is not set.
    /// @param possible Whether it can be met for the release in this deployment, here and now.
    /// @param gas Gas of an answer that this alternative alone supports; 0 where a verifier of the publisher's choice does, of
    /// which nobody here knows what it uses.
    /// @param leastSeconds From the lock to finality at the soonest, if nobody challenges the answer.
    /// @param mostSeconds Likewise at the latest, a challenge in the window's last second included, in a request with the
    /// nearest deadline that such evidence allows: a panel may take as much longer as the deadline is later.
    /// @param ofRelease Fees of such answers of this release.
    /// @param ofAll Fees of such answers of all releases.
    struct Quote {
        bool possible;
        uint256 gas;
        uint256 leastSeconds;
        uint256 mostSeconds;
        Fees ofRelease;
        Fees ofAll;
    }

    /// @notice One alternative for each clause, and what they cost together.
    /// @param choices Index of the alternative that was chosen for each clause.
    /// @param gasKnown Not set where `gas` lacks that of a verifier of the publisher's choice.
    /// @param gas What settling costs whatever the evidence, once, and of each kind of evidence its dearest demand: one proof,
    /// one panel and one window meet them all.
    /// @param leastSeconds The slowest panel, then the longest window.
    /// @param mostSeconds Likewise.
    struct Plan {
        uint256[] choices;
        bool gasKnown;
        uint256 gas;
        uint256 leastSeconds;
        uint256 mostSeconds;
    }

    /// @notice Returns a quote for each alternative of each clause, the clauses of the release's floor first, as
    /// `PolicyNotMet` counts them.
    /// @dev Such answers are those whose assurance has the alternative's kind of evidence, others beside it or not. A proof: of
    /// the release's circuits or of external programs as the alternative says, without development set-ups where it refuses
    /// them. Optimistic: likewise, or decided by a panel as it says. Panels and windows of every size count.
    /// @dev Reverts with `PolicyEmpty` and `PolicyClauseEmpty` of the router, and for a release that is not published.
    /// @param token What a fee is paid in; zero for the native token.
    /// @param inputWords Words of the input.
    /// @param outputWords Words of the output.
    function quote(
        ReleaseId release,
        Policy calldata policy,
        address token,
        uint256 inputWords,
        uint256 outputWords
    ) external view returns (Quote[][] memory clauses);

    /// @notice Chooses for each clause of policy and floor the possible alternative that costs the least gas, the first of
    /// equals, and returns what the choices cost together.
    /// @dev One whose gas is not known is chosen where nothing else is possible. Reverts as `quote` does, and with
    /// `PolicyUnsatisfiable` of the router where a clause has no possible alternative, or with `PolicyJudgesConflict` where no
    /// one judge meets the clauses that need one.
    /// @dev Warning: clause by clause. Another choice may cost less where one kind of evidence meets several clauses, and
    /// choices may name judges of whom only another alternative would make one answer.
    function cheapest(
        ReleaseId release,
        Policy calldata policy,
        uint256 inputWords,
        uint256 outputWords
    ) external view returns (Plan memory);

    /// @notice Returns the requests that are quoted for.
    function requests() external view returns (IInferenceRequests);
}
