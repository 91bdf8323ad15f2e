// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title AnswerMock
/// @notice Answers every call with the bytes that it was told.
contract AnswerMock {
    bytes private _answer;

    function setAnswer(bytes calldata answer) external {
        _answer = answer;
    }

    // The answer is arbitrary, so no function can declare it.
    // solhint-disable-next-line no-complex-fallback
    fallback(bytes calldata) external returns (bytes memory) {
        return _answer;
    }
}
