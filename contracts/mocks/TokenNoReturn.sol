// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title TokenNoReturn
/// @notice Transfers without returning anything, as tokens older than the standard do.
contract TokenNoReturn {
    mapping(address holder => uint256 balance) public balanceOf;
    mapping(address holder => mapping(address spender => uint256 amount)) public allowance;

    error BalanceTooLow(address holder);

    function mint(address to, uint256 amount) external {
        balanceOf[to] += amount;
    }

    function approve(address spender, uint256 amount) external {
        allowance[msg.sender][spender] = amount;
    }

    function transfer(address to, uint256 amount) external {
        _move(msg.sender, to, amount);
    }

    function transferFrom(address from, address to, uint256 amount) external {
        allowance[from][msg.sender] -= amount;
        _move(from, to, amount);
    }

    function _move(address from, address to, uint256 amount) private {
        require(balanceOf[from] >= amount, BalanceTooLow(from));
        balanceOf[from] -= amount;
        balanceOf[to] += amount;
    }
}
