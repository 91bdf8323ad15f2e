// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {LevelText} from "../TcbLevels/LevelText.sol";

/// @title TcbInfoText
/// @notice TCB info of a TDX platform in the vendor's form: members in its order, and where each stands.
library TcbInfoText {
    uint256 internal constant ID = 0;
    uint256 internal constant VERSION = 1;
    uint256 internal constant ISSUED = 2;
    uint256 internal constant NEXT_UPDATE = 3;
    uint256 internal constant FMSPC = 4;
    uint256 internal constant PCE_ID = 5;
    uint256 internal constant TYPE = 6;
    uint256 internal constant EVALUATION = 7;
    uint256 internal constant MODULE = 8;
    uint256 internal constant MODULES = 9;
    uint256 internal constant LEVELS = 10;

    string internal constant SIGNER =
        "aa00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000bb";
    bytes internal constant SIGNER_BYTES =
        hex"aa00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000bb";

    function members() internal pure returns (string[] memory all) {
        all = new string[](11);
        all[ID] = '"id":"TDX"';
        all[VERSION] = '"version":3';
        all[ISSUED] = '"issueDate":"2025-06-17T10:36:14Z"';
        all[NEXT_UPDATE] = '"nextUpdate":"2025-07-17T10:36:14Z"';
        all[FMSPC] = '"fmspc":"B0C06f000000"';
        all[PCE_ID] = '"pceId":"0102"';
        all[TYPE] = '"tcbType":0';
        all[EVALUATION] = '"tcbEvaluationDataNumber":17';
        all[MODULE] = string.concat('"tdxModule":{', moduleMembers(), "}");
        all[MODULES] = string.concat(
            '"tdxModuleIdentities":[',
            identityOf("TDX_03", "3"),
            ",",
            identityOf("TDX_01", "4"),
            "]"
        );
        all[LEVELS] = string.concat('"tcbLevels":[', _level(5, 11, "UpToDate"), ",", _level(2, 5, "OutOfDate"), "]");
    }

    /// @dev `attributes` are compared where `attributesMask` is set: not in the last byte.
    function moduleMembers() internal pure returns (string memory) {
        return
            string.concat(
                '"mrsigner":"',
                SIGNER,
                '","attributes":"0000000000000100","attributesMask":"FFFFFFFFFFFFFF00"'
            );
    }

    function identityOf(string memory id, string memory isvSvn) internal pure returns (string memory) {
        string memory levels = string.concat(
            '"tcbLevels":[{"tcb":{"isvsvn":',
            isvSvn,
            '},"tcbDate":"2024-11-13T00:00:00Z","tcbStatus":"UpToDate"},{"tcb":{"isvsvn":2},"tcbDate":"2023-08-09T00:00:00Z",',
            '"tcbStatus":"OutOfDate","advisoryIDs":["INTEL-SA-01036"]}]'
        );
        return string.concat('{"id":"', id, '",', moduleMembers(), ",", levels, "}");
    }

    function without(string[] memory from, uint256 index) internal pure returns (string[] memory all) {
        all = new string[](from.length - 1);
        for (uint256 i = 0; i < all.length; ++i) all[i] = from[i < index ? i : i + 1];
    }

    /// @dev The first three TDX components are 5, 1 and `svn`.
    function _level(uint8 svn, uint16 pce, string memory status) private pure returns (string memory) {
        LevelText.Level memory level;
        (level.sgx, level.pce) = (bytes16(bytes1(svn)) | bytes16(uint128(svn)), pce);
        level.tdx = bytes16(abi.encodePacked(uint8(5), uint8(1), svn));
        level.advisories = new uint16[](2);
        (level.advisories[0], level.advisories[1]) = (106, 615);
        level.status = keccak256(bytes(status)) == keccak256("UpToDate") ? 6 : 2;
        return string(LevelText.platformOf(level, true, 0x1b << 8));
    }
}
