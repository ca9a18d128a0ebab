// Random numbers that are the same in every run with the same seed (xorshift32).

export class Random {
  constructor(seed) {
    this.state = (seed * 2_654_435_761 + 1) >>> 0 || 1;
  }

  /// From 0 to count - 1.
  below(count) {
    this.state ^= this.state << 13;
    this.state >>>= 0;
    this.state ^= this.state >>> 17;
    this.state ^= this.state << 5;
    this.state >>>= 0;
    return this.state % count;
  }

  one(list) {
    return list[this.below(list.length)];
  }

  /// True once in `count` times.
  rarely(count) {
    return this.below(count) === 0;
  }

  bits(count) {
    let value = 0n;
    for (let i = 0; i < count; i += 16) value = (value << 16n) | BigInt(this.below(65_536));
    return value & ((1n << BigInt(count)) - 1n);
  }

  bytes(count) {
    return `0x${Array.from({ length: count }, () => this.below(256).toString(16).padStart(2, "0")).join("")}`;
  }
}
