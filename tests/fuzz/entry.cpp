// SPDX-License-Identifier: GPL-2.0-or-later
// libFuzzer's way in; built once a harness.
#include <cstdint>

#include "fuzz/harness.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  acdr::fuzz::ACDR_FUZZ_HARNESS({reinterpret_cast<const char*>(data), size});
  return 0;
}
