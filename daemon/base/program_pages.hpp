// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "base/units.hpp"

namespace acdr {

/// Unmaps the pages of this process's program files, its own and those of its libraries, that it has not written to
/// (madvise(2), MADV_DONTNEED). Of no effect on what the program does, in any of its threads: a page that is used again
/// costs a minor fault, or a read where the kernel had a better use for its memory meanwhile. What was written to
/// before, such as a debugger's breakpoint, stays. Does nothing while no more than `worth_it` of files is mapped at
/// all.
void drop_program_pages(Bytes worth_it);

}  // namespace acdr
