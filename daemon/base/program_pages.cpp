// SPDX-License-Identifier: GPL-2.0-or-later
// A program maps far more of its files than it uses: the loader reads all their symbols once, and with each fault the
// kernel maps the fifteen pages beside it. All that would count as the process's own for as long as it lives.
#include "base/program_pages.hpp"

#include <fcntl.h>
#include <link.h>
#include <sys/mman.h>

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <string>
#include <vector>

#include "base/unique_fd.hpp"

namespace acdr {
namespace {

/// Of a page in /proc/self/pagemap (Documentation/admin-guide/mm/pagemap.rst). One that was written to is of the file
/// no more.
constexpr std::uint64_t present = std::uint64_t{1} << 63U;
constexpr std::uint64_t of_a_file = std::uint64_t{1} << 61U;

class ProgramPages {
 public:
  /// What is mapped and not the process's alone (proc(5), /proc/self/smaps_rollup). The cheaper /proc/self/statm is off
  /// by megabytes before Linux 6.2: each thread counts for itself for a while.
  [[nodiscard]] static Bytes mapped() {
    std::ifstream rollup("/proc/self/smaps_rollup");
    constexpr std::uint64_t kib = 1024;
    std::uint64_t resident = 0;
    std::uint64_t anonymous = 0;
    for (std::string word; rollup >> word;) {
      if (word == "Rss:") rollup >> resident;
      if (word == "Anonymous:") rollup >> anonymous;
    }
    return Bytes{(resident - std::min(resident, anonymous)) * kib};
  }

  /// The loader maps and unmaps nothing meanwhile: dl_iterate_phdr(3) holds its lock.
  void drop() {
    if (!pagemap_) return;  // a kernel without it
    ::dl_iterate_phdr(
        [](dl_phdr_info* object, std::size_t, void* self) {
          for (std::size_t index = 0; index < object->dlpi_phnum; ++index)
            static_cast<ProgramPages*>(self)->drop_segment(object->dlpi_addr, object->dlpi_phdr[index]);
          return 0;
        },
        this);
  }

 private:
  void drop_segment(std::uintptr_t base, const ElfW(Phdr) & segment) {
    if (segment.p_type != PT_LOAD || (segment.p_flags & PF_W) != 0) return;
    const std::uintptr_t first = (base + segment.p_vaddr) / page_size_;
    const std::uintptr_t end = (base + segment.p_vaddr + segment.p_memsz + page_size_ - 1) / page_size_;
    entries_.resize(end - first);
    const auto got = ::pread(pagemap_.get(), entries_.data(), entries_.size() * sizeof(std::uint64_t),
                             static_cast<off_t>(first * sizeof(std::uint64_t)));
    const std::size_t known = got < 0 ? 0 : static_cast<std::size_t>(got) / sizeof(std::uint64_t);
    std::size_t from = 0;
    for (std::size_t at = 0; at <= known; ++at) {
      if (at < known && is_unwritten(entries_[at])) continue;
      // Nothing is lost where it fails: the pages stay.
      if (at > from) ::madvise(address(first + from), (at - from) * page_size_, MADV_DONTNEED);
      from = at + 1;
    }
  }

  static bool is_unwritten(std::uint64_t entry) { return (entry & present) != 0 && (entry & of_a_file) != 0; }
  [[nodiscard]] void* address(std::uintptr_t page) const { return reinterpret_cast<void*>(page * page_size_); }

  const std::uintptr_t page_size_ = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
  const UniqueFd pagemap_{::open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC)};
  std::vector<std::uint64_t> entries_;
};

}  // namespace

void drop_program_pages(Bytes worth_it) {
  if (ProgramPages::mapped() > worth_it) ProgramPages().drop();
}

}  // namespace acdr
