// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

// Tokens for tests: one that does what ERC-20 says, and those that do not. Anyone may mint.

contract TestToken {
    mapping(address => uint256) public balanceOf;
    mapping(address => mapping(address => uint256)) public allowance;

    event Transfer(address indexed from, address indexed to, uint256 value);

    function mint(address to, uint256 amount) external {
        balanceOf[to] += amount;
    }

    function approve(address spender, uint256 amount) external returns (bool) {
        allowance[msg.sender][spender] = amount;
        return true;
    }

    function transfer(address to, uint256 amount) external virtual returns (bool) {
        _move(msg.sender, to, amount);
        return true;
    }

    function transferFrom(address from, address to, uint256 amount) external virtual returns (bool) {
        allowance[from][msg.sender] -= amount;
        _move(from, to, amount);
        return true;
    }

    function _move(address from, address to, uint256 amount) internal virtual {
        balanceOf[from] -= amount;
        balanceOf[to] += amount;
        emit Transfer(from, to, amount);
    }
}

/// Keeps one percent of every transfer, rounded up.
contract FeeToken is TestToken {
    function _move(address from, address to, uint256 amount) internal override {
        uint256 fee = (amount + 99) / 100;
        super._move(from, to, amount);
        balanceOf[to] -= fee;
    }
}

/// Says false, and moves nothing, where others revert.
contract FalseToken is TestToken {
    bool public frozen;

    function freeze(bool on) external {
        frozen = on;
    }

    function transfer(address to, uint256 amount) external override returns (bool) {
        if (frozen || balanceOf[msg.sender] < amount) return false;
        _move(msg.sender, to, amount);
        return true;
    }

    function transferFrom(address from, address to, uint256 amount) external override returns (bool) {
        if (frozen || balanceOf[from] < amount || allowance[from][msg.sender] < amount) return false;
        allowance[from][msg.sender] -= amount;
        _move(from, to, amount);
        return true;
    }
}

/// Says that it moved what it did not.
contract LyingToken is TestToken {
    function transferFrom(address, address, uint256) external pure override returns (bool) {
        return true;
    }
}

/// Returns nothing, like several tokens that are older than the standard.
contract SilentToken {
    mapping(address => uint256) public balanceOf;
    mapping(address => mapping(address => uint256)) public allowance;

    function mint(address to, uint256 amount) external {
        balanceOf[to] += amount;
    }

    function approve(address spender, uint256 amount) external {
        allowance[msg.sender][spender] = amount;
    }

    function transfer(address to, uint256 amount) external {
        balanceOf[msg.sender] -= amount;
        balanceOf[to] += amount;
    }

    function transferFrom(address from, address to, uint256 amount) external {
        allowance[from][msg.sender] -= amount;
        balanceOf[from] -= amount;
        balanceOf[to] += amount;
    }
}
