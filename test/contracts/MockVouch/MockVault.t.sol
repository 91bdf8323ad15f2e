// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {CreditLine} from "@vouch/contracts/examples/CreditLine.sol";
import {Offer} from "@vouch/contracts/examples/Offer.sol";
import {IStakeVault} from "@vouch/contracts/interfaces/IStakeVault.sol";
import {TensorEncoding, WordMode} from "@vouch/contracts/types/Circuit.sol";
import {RequestId} from "@vouch/contracts/types/Ids.sol";
import {SetupTrust} from "@vouch/contracts/types/Policy.sol";
import {MockVault} from "@vouch/testing/MockVault.sol";
import {MockModel, MockVouch} from "@vouch/testing/MockVouch.sol";
import {deployArtifact} from "../deployArtifact.sol";
import {requireRefused} from "../refused.sol";

/// @title MockVaultTest
/// @notice An integrator's ways to its compensations, tried on the mock: they are paid out once, and to nobody else.
contract MockVaultTest {
    address private constant APPLICANT = address(0xA991);

    MockVouch private _vouch;
    CreditLine private _line;

    receive() external payable {}

    function setUp() public {
        _vouch = MockVouch(deployArtifact("MockVouch.sol:MockVouch", ""));
        TensorEncoding memory number = TensorEncoding({mode: WordMode.Public, elements: 1, bits: 16, isSigned: true});
        _line = new CreditLine(
            _vouch,
            _vouch.publish(MockModel({input: number, output: number, inputFractionBits: 8, outputFractionBits: 8})),
            SetupTrust.Any,
            bytes32(0)
        );
    }

    /// @dev As `StakeVault`: never more than was lost, nor than the bond, and what is not paid out burns.
    function testFuzz_ALateAnswerIsCompensatedOnce(uint80 fee, uint80 bond) public {
        fee = uint80(1 + (fee % 1 ether));
        bond = uint80(1 + (bond % 2 ether));
        _vouch.abandon(_asked(fee, bond));
        IStakeVault vault = _vouch.vault();
        uint256 owed = fee < bond ? fee : bond;
        require(vault.creditOf(address(_line)) == owed, "another compensation");
        require(vault.burned() == bond - owed, "what is left does not burn");

        _line.collectCompensation();
        require(IERC20(vault.asset()).balanceOf(address(this)) == owed, "not paid out to the underwriter");
        requireRefused(
            address(_line),
            abi.encodeCall(CreditLine.collectCompensation, ()),
            abi.encodeWithSelector(IStakeVault.CreditEmpty.selector, address(_line))
        );
        uint256 balance = address(this).balance;
        _line.collect();
        require(address(this).balance == balance + fee, "the fee did not come back");
    }

    function test_NobodyElseFines() public view {
        IStakeVault.Verdict memory verdict;
        (verdict.amount, verdict.compensation, verdict.injured) = (1, 1, address(this));
        requireRefused(
            address(_vouch.vault()),
            abi.encodeCall(MockVault.slash, (address(1), bytes32(0), 1, verdict)),
            abi.encodeWithSelector(MockVault.MockNotByHolder.selector, address(this))
        );
    }

    /// @dev The example offers its stake as bond: whole.
    function _asked(uint80 fee, uint80 bond) private returns (RequestId) {
        Offer memory offer = Offer({
            fee: fee,
            stake: bond,
            maxGasPrice: 0,
            verificationGas: 0,
            lockDeadline: uint40(block.timestamp + 1 hours),
            deadline: uint40(block.timestamp + 2 hours)
        });
        return _line.ask{value: fee}(APPLICANT, new int256[](1), offer);
    }
}
