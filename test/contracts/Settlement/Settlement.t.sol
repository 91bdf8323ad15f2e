// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Settlement} from "../../../contracts/libraries/Settlement.sol";
import {RequestParams} from "../../../contracts/types/Request.sol";

contract SettlementCaller {
    function split(
        RequestParams calldata params,
        uint256 fee,
        uint256 royaltyBps,
        uint256 provisionalGas,
        uint256 gasUsed,
        uint256 gasPrice
    ) external pure returns (uint256 paid, uint256 royalty, uint256 surplus) {
        return
            Settlement.split({
                params: params,
                fee: fee,
                royaltyBps: royaltyBps,
                provisionalGas: provisionalGas,
                gasUsed: gasUsed,
                gasPrice: gasPrice
            });
    }
}

/// @title SettlementTest
/// @notice Who gets what of an escrow, to the wei.
contract SettlementTest {
    SettlementCaller private _caller;

    function setUp() public {
        _caller = new SettlementCaller();
    }

    function testFuzz_PartsSumToTheEscrow(
        uint96 maxFee,
        uint96 fee,
        uint16 royaltyBps,
        uint64 maxGasPrice,
        uint32[3] memory gasBought,
        bool hadProvisional,
        uint256 gasUsed,
        uint256 gasPrice
    ) public view {
        RequestParams memory params = _params(maxFee, maxGasPrice, gasBought);
        uint256 charged = uint256(fee) % (uint256(maxFee) + 1);
        (uint256 paid, uint256 royalty, uint256 surplus) = _caller.split({
            params: params,
            fee: charged,
            royaltyBps: royaltyBps % 10_001,
            provisionalGas: hadProvisional ? params.provisionalGas : 0,
            gasUsed: gasUsed,
            gasPrice: gasPrice
        });
        require(paid + royalty + surplus == params.escrow(), "something is lost or made");
        require(royalty <= charged, "more royalty than fee");
        require(surplus >= uint256(maxFee) - charged, "less than what the fee left comes back");
    }

    function test_RoyaltyIsRoundedDown() public view {
        RequestParams memory params = _params(10_001, 0, [uint32(0), 0, 0]);
        (uint256 paid, uint256 royalty, uint256 surplus) = _caller.split(params, 9_999, 500, 0, 0, 0);
        require(royalty == 499, "not the floor of 499.95");
        require(paid == 9_500, "not the rest of the fee");
        require(surplus == 2, "not what the fee left");
    }

    function test_AllOfTheFeeIsRoyaltyAtMost() public view {
        RequestParams memory params = _params(100, 0, [uint32(0), 0, 0]);
        (uint256 paid, uint256 royalty, ) = _caller.split(params, 100, 10_000, 0, 0, 0);
        require(paid == 0 && royalty == 100, "not all of it");
    }

    /// @dev Verification at one below, at and one above what was bought, at a price one below, at and one above the highest.
    function test_GasIsPaidUpToWhatWasBoughtAndUpToTheHighestPrice() public view {
        RequestParams memory params = _params(0, 7, [uint32(1000), 200, 0]);
        for (uint256 used = 999; used <= 1001; ++used) {
            for (uint256 price = 6; price <= 8; ++price) {
                (uint256 paid, , uint256 surplus) = _caller.split(params, 0, 0, 0, used, price);
                uint256 expected = ((used < 1000 ? used : 1000) + 200) * (price < 7 ? price : 7);
                require(paid == expected, "another reimbursement");
                require(surplus == 1200 * 7 - expected, "another surplus");
            }
        }
    }

    function test_AProvisionalCallbackIsPaidWhereThereWasOne() public view {
        RequestParams memory params = _params(0, 7, [uint32(1000), 200, 30]);
        (uint256 without, , uint256 back) = _caller.split(params, 0, 0, 0, 1000, 7);
        (uint256 with, , uint256 nothing) = _caller.split(params, 0, 0, 30, 1000, 7);
        require(without == 1200 * 7 && back == 30 * 7, "paid what did not run");
        require(with == 1230 * 7 && nothing == 0, "did not pay what ran");
    }

    function _params(
        uint96 maxFee,
        uint64 maxGasPrice,
        uint32[3] memory gasBought
    ) private pure returns (RequestParams memory params) {
        (params.maxFee, params.maxGasPrice) = (maxFee, maxGasPrice);
        (params.verificationGas, params.callbackGas, params.provisionalGas) = (
            gasBought[0],
            gasBought[1],
            gasBought[2]
        );
    }
}
