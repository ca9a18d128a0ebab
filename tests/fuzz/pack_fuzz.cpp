// Any bytes as a message. The first half of the input says which reads are made, the rest is read: no read may fail otherwise than by its
// error, and a list of numbers that is accepted is accepted again when a writer has written it anew.

#include "protocol/base/pack.hpp"
#include "tests/fuzz/require.hpp"

using namespace ferry::base;
using ferry::fuzz::require;

namespace {

void one_read(PackReader& reader, std::uint8_t choice) {
  const std::uint32_t limit = choice >> 4U;
  switch (choice % 10) {
    case 0: require(reader.array(limit) <= limit, "an array keeps to its limit"); break;
    case 1: reader.array_of(limit); break;
    case 2: require(reader.number(limit) <= limit, "a number keeps to its limit"); break;
    case 3: reader.boolean(); break;
    case 4: reader.skip_nil(); break;
    case 5: require(reader.text(limit).size() <= limit, "a text keeps to its limit"); break;
    case 6: require(reader.bytes(limit).size() <= limit, "a byte string keeps to its limit"); break;
    case 7: reader.amount(); break;
    case 8: reader.address(); break;
    default: reader.signature(); break;
  }
}

void scripted_reads(ByteView script, ByteView message) {
  PackReader reader{message};
  for (const std::uint8_t choice : script) {
    const bool was_ok = reader.ok();
    one_read(reader, choice);
    require(was_ok || !reader.ok(), "an error stays");
  }
  require(!reader.finish().has_value() || reader.ok(), "a failed reader does not finish well");
}

/// Writes an array of numbers and nils anew; false if the message is something else.
bool copy_list(ByteView message, Bytes& out) {
  PackReader reader{message};
  const std::uint32_t count = reader.array(1000);
  PackWriter writer;
  writer.array(count);
  for (std::uint32_t i = 0; i < count && reader.ok(); ++i) {
    if (reader.skip_nil()) {
      writer.nil();
    } else {
      writer.number(reader.number());
    }
  }
  out = writer.take();
  return reader.finish().has_value();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView input{data, size};
  scripted_reads(input.first(size / 2), input.subspan(size / 2));

  Bytes copy;
  if (copy_list(input, copy)) {
    require(copy.size() <= size, "the shortest form is not longer");
    Bytes second;
    require(copy_list(copy, second) && second == copy, "what was written is read and written alike");
  }
  return 0;
}
