// Both sessions in one room: the input is the schedule, and in most rooms one side is hostile, which means that the input also changes,
// cuts, replaces or repeats what that side says. An honest room must lose nothing; in a hostile one the honest side must end in order.

#include "tests/fuzz/fuzz_bytes.hpp"
#include "tests/fuzz/require.hpp"
#include "tests/unit/protocol/wire/message_samples.hpp"
#include "tests/unit/protocol/wire/session_room.hpp"

using namespace ferry;
using ferry::fuzz::FuzzBytes;

namespace {

constexpr int kMaxSteps = 5000;

template <typename Samples>
base::Bytes any_sample(const Samples& samples, FuzzBytes& input) {
  return wire::samples::bytes_of(samples[input.below(static_cast<std::uint32_t>(samples.size()))].second);
}

void damage(base::Bytes& message, base::Bytes sample, FuzzBytes& input) {
  switch (input.below(16)) {
    case 0: message.resize(input.below(static_cast<std::uint32_t>(message.size()) + 1)); break;
    case 1: message[input.below(static_cast<std::uint32_t>(message.size()))] = input.byte(); break;
    case 2: message.push_back(input.byte()); break;
    case 3: message = std::move(sample); break;
    case 4: {
      const auto raw = input.take(input.byte());
      message.assign(raw.begin(), raw.end());
      break;
    }
    default: break;  // most are left alone, so that a session gets far
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzBytes input(data, size);
  static const auto to_relay = wire::samples::to_relay();
  static const auto to_client = wire::samples::to_client();

  wire::SessionRoom room([&input](std::uint32_t below) { return input.below(below); }, fuzz::require);
  const std::uint32_t kind = input.below(4);
  if (kind == 1) room.damage_to_relay([&input](base::Bytes& m) { damage(m, any_sample(to_relay, input), input); });
  if (kind == 2) room.damage_to_client([&input](base::Bytes& m) { damage(m, any_sample(to_client, input), input); });
  for (int i = 0; i < kMaxSteps && !input.empty() && !room.broken(); ++i) {
    if (kind == 3 && input.below(64) == 1) room.drain();
    room.step();
  }
  if (kind == 0 || kind == 3) room.settle();
  return 0;
}
