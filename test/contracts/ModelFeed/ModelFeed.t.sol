// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {CircuitRegistry} from "../../../contracts/CircuitRegistry.sol";
import {ModelFeed} from "../../../contracts/ModelFeed.sol";
import {StakeVault} from "../../../contracts/StakeVault.sol";
import {WrappedNative} from "../../../contracts/WrappedNative.sol";
import {SignatureEvidence} from "../../../contracts/evidence/SignatureEvidence.sol";
import {IEvidenceVerifier} from "../../../contracts/interfaces/IEvidenceVerifier.sol";
import {IInferenceRequests} from "../../../contracts/interfaces/IInferenceRequests.sol";
import {IEvidenceRouter} from "../../../contracts/interfaces/IEvidenceRouter.sol";
import {IModelFeed} from "../../../contracts/interfaces/IModelFeed.sol";
import {PanelMock} from "../../../contracts/mocks/PanelMock.sol";
import {Finality} from "../../../contracts/types/Delivery.sol";
import {deployArtifact} from "../deployArtifact.sol";
import {FuzzSelector, weighted} from "../FuzzSelector.sol";
import {FeedHandler, OneRelease} from "./FeedHandler.sol";

/// @dev The formulas are in docs/invariants.md.
contract ModelFeedInvariants {
    IInferenceRequests private _requests;
    FeedHandler private _handler;

    function setUp() public {
        CircuitRegistry circuits = new CircuitRegistry();
        OneRelease models = new OneRelease();
        StakeVault vault = new StakeVault(new WrappedNative("Wrapped Ether", "WETH"));
        IEvidenceVerifier proofs = IEvidenceVerifier(
            deployArtifact("Groth16Evidence.sol:Groth16Evidence", abi.encode(models, circuits))
        );
        SignatureEvidence signatures = new SignatureEvidence(vault, models, circuits, proofs, 0.1 ether);
        IEvidenceVerifier[] memory verifiers = new IEvidenceVerifier[](2);
        (verifiers[0], verifiers[1]) = (signatures, new PanelMock());
        address router = deployArtifact("EvidenceRouter.sol:EvidenceRouter", abi.encode(models, circuits, verifiers));
        _handler = new FeedHandler();
        _requests = IInferenceRequests(
            deployArtifact(
                "InferenceRequests.sol:InferenceRequests",
                abi.encode(router, vault, models, circuits, signatures, _handler)
            )
        );
        _handler.init(_requests, vault, IEvidenceRouter(router), signatures);
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    function targetSelectors() public view returns (FuzzSelector[] memory) {
        bytes memory often = bytes.concat(
            FeedHandler.run.selector,
            FeedHandler.lock.selector,
            FeedHandler.fulfil.selector
        );
        bytes memory seldom = bytes.concat(
            bytes.concat(
                FeedHandler.finalize.selector,
                FeedHandler.contest.selector,
                FeedHandler.resolve.selector,
                FeedHandler.expire.selector,
                FeedHandler.fulfilLate.selector,
                FeedHandler.topUp.selector
            ),
            bytes.concat(
                FeedHandler.collect.selector,
                FeedHandler.collectCompensation.selector,
                FeedHandler.withdraw.selector,
                FeedHandler.withdrawRewards.selector,
                FeedHandler.fail.selector,
                FeedHandler.pass.selector
            ),
            bytes.concat(FeedHandler.passLong.selector)
        );
        return weighted(address(_handler), often, seldom);
    }

    /// @dev One campaign for all properties: each names itself where it fails.
    function invariant_ModelFeed() public view {
        property_PrepaidConservation();
        property_NoSlotRunTwice();
        property_OneRequestAwaited();
        property_RoundsAreFinal();
        property_RingIsTheNewestRounds();
        property_RoundsRiseInTime();
    }

    function property_PrepaidConservation() public view {
        for (uint256 i = 0; i < _handler.FEEDS(); ++i) {
            ModelFeed feed = _handler.feeds(i);
            require(
                feed.balance() == _handler.prepaid(i),
                "PrepaidConservation: the balance is not what was put in and not spent"
            );
            uint256 owed = 0;
            for (uint256 keeper = 0; keeper < _handler.KEEPERS(); ++keeper) {
                owed += feed.rewardsOf(_handler.keeperOf(keeper));
            }
            require(address(feed).balance == feed.balance() + owed, "PrepaidConservation: rewards are not backed");
        }
        require(!_handler.rewardWrong(), "PrepaidConservation: a reward is not that of its second");
    }

    function property_NoSlotRunTwice() public view {
        require(!_handler.slotRunTwice(), "NoSlotRunTwice: a slot was run twice");
        require(!_handler.slotRunOutOfOrder(), "NoSlotRunTwice: a missed slot was caught up");
    }

    function property_OneRequestAwaited() public view {
        for (uint256 i = 0; i < _handler.FEEDS(); ++i) {
            require(_handler.awaited(i) <= 1, "OneRequestAwaited: two requests are awaited");
        }
    }

    function property_RoundsAreFinal() public view {
        require(!_handler.finalityMovedBack(), "RoundsAreFinal: an answer became less final");
        for (uint256 i = 0; i < _handler.FEEDS(); ++i) {
            ModelFeed feed = _handler.feeds(i);
            for (uint256 round = _oldest(feed); round <= feed.latestRound(); ++round) {
                IModelFeed.Round memory details = feed.roundDetailsOf(round);
                require(
                    _requests.finalityOf(details.request) == Finality.Final,
                    "RoundsAreFinal: a round is not final"
                );
            }
            try feed.latestProvisional() returns (IModelFeed.Proposal memory proposal) {
                require(
                    _requests.finalityOf(proposal.request) == Finality.Provisional,
                    "RoundsAreFinal: a proposal is decided"
                );
            } catch {}
        }
    }

    function property_RingIsTheNewestRounds() public view {
        for (uint256 i = 0; i < _handler.FEEDS(); ++i) {
            ModelFeed feed = _handler.feeds(i);
            uint256 latest = feed.latestRound();
            require(latest == _handler.expectedCount(i), "RingIsTheNewestRounds: rounds are not the final answers");
            uint256 oldest = _oldest(feed);
            for (uint256 round = oldest; round <= latest; ++round) _requireExpected(feed, i, round);
            _requireNoRound(feed, oldest - 1);
            _requireNoRound(feed, latest + 1);
            if (latest == 0) continue;
            int256[] memory answers = feed.historyOf(latest - oldest + 1);
            for (uint256 j = 0; j < answers.length; ++j) {
                require(
                    answers[j] == _handler.expectedOf(i, oldest + j).answer,
                    "RingIsTheNewestRounds: the history is not the rounds"
                );
            }
        }
    }

    function property_RoundsRiseInTime() public view {
        for (uint256 i = 0; i < _handler.FEEDS(); ++i) {
            ModelFeed feed = _handler.feeds(i);
            for (uint256 round = _oldest(feed); round < feed.latestRound(); ++round) {
                IModelFeed.Round memory one = feed.roundDetailsOf(round);
                IModelFeed.Round memory next = feed.roundDetailsOf(round + 1);
                require(one.startedAt < next.startedAt, "RoundsRiseInTime: an older input came later");
                require(one.updatedAt <= next.updatedAt, "RoundsRiseInTime: a round came before the one before it");
            }
        }
    }

    /// @dev Guards the others against a handler that does nothing.
    function test_HandlerReachesEveryState() public {
        _handler.passLong(501);
        for (uint256 i = 0; i < 5; ++i) {
            _round(0, int32(int256(i * 100)));
            _handler.passLong(3_599);
            _handler.passLong(2);
        }
        require(_handler.feeds(0).latestRound() == 5, "nothing was recorded");

        _handler.run(0, 0);
        _skip(5_000);
        _handler.expire(0, 0);
        _round(0, 7);
        _handler.fulfilLate(0, 1, 2, 9);
        require(_handler.lateAnswers() == 1 && _handler.superseded() == 1, "nothing was superseded");

        _propose(1);
        _handler.passLong(1_300);
        _handler.finalize(0);
        _skip(3_600);
        _propose(2);
        _handler.contest(0);
        _skip(3_600);
        _handler.run(1, 1);
        _handler.resolve(1, true);
        _skip(6_000);
        _propose(3);
        _handler.contest(0);
        _handler.resolve(0, false);
        require(_handler.feeds(1).latestRound() == 2 && _handler.overturned() == 1, "nothing was resolved");

        _handler.collect(0);
        _handler.withdraw(0, 1 gwei);
        _handler.withdrawRewards(0, 0);
        invariant_ModelFeed();
    }

    function _round(uint256 feed, int32 answer) private {
        _handler.run(feed, 0);
        _handler.lock(feed, 0, 1);
        _handler.fulfil(feed, 0, answer, -answer);
    }

    function _propose(int32 answer) private {
        _round(1, answer);
        require(_handler.feeds(1).latestProvisional().confidence <= 0, "nothing was proposed");
    }

    function _skip(uint32 time) private {
        for (; time > 0; time = time > 3_599 ? time - 3_599 : 0) _handler.passLong(time > 3_599 ? 3_599 : time);
    }

    function _oldest(ModelFeed feed) private view returns (uint256) {
        uint256 latest = feed.latestRound();
        uint256 capacity = _handler.CAPACITY();
        return latest < capacity ? 1 : latest - capacity + 1;
    }

    function _requireExpected(ModelFeed feed, uint256 index, uint256 round) private view {
        IModelFeed.Round memory details = feed.roundDetailsOf(round);
        FeedHandler.Expected memory expected = _handler.expectedOf(index, round);
        bool same =
            details.request == expected.request &&
                details.answer == expected.answer &&
                details.confidence == expected.confidence &&
                details.provenance == expected.provenance;
        require(same, "a round is not its answer");
        (uint80 id, int256 answer, uint256 startedAt, uint256 updatedAt, ) = feed.getRoundData(uint80(round));
        require(id == round && answer == expected.answer, "a round is not its data");
        require(startedAt == expected.startedAt && updatedAt == expected.updatedAt, "a round has another time");
    }

    function _requireNoRound(ModelFeed feed, uint256 round) private view {
        try feed.getRoundData(uint80(round)) {
            revert("a round that is not kept was read");
        } catch {}
    }
}
