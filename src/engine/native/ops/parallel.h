// Splits loops over the cores of the machine.
#pragma once

#include <cstdint>
#include <functional>

namespace bnlens {

// Calls body(first, last) for ranges that together are 0 ... count, on all cores at once; returns
// when all are done. Only one thread may call it at a time: TensorFlow's eager ops run one by one.
void parallel(int64_t count, const std::function<void(int64_t, int64_t)>& body);

}  // namespace bnlens
