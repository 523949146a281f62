// Vectors of floats, and loops compiled for every width of them that processors have: the addon
// serves whichever processor loads it.
#pragma once

#include <cstdint>
#include <cstring>
#include <type_traits>

#define BNLENS_INLINE __attribute__((always_inline))

namespace bnlens {

// LANES floats.
template <int LANES>
struct Vector {
  typedef float Floats __attribute__((vector_size(4 * LANES)));
  // What comparisons give: all bits of a lane, or none.
  typedef int32_t Mask __attribute__((vector_size(4 * LANES)));
};

// A number of lanes that is known to the compiler.
template <int LANES>
using Lanes = std::integral_constant<int, LANES>;

// Loads and stores the first `count` lanes, all of them as Lanes<LANES>; the others are 0.
template <int LANES, typename Count = Lanes<LANES>>
inline BNLENS_INLINE typename Vector<LANES>::Floats load(const float* from, Count count = {}) {
  typename Vector<LANES>::Floats values = {};
  std::memcpy(&values, from, count * sizeof(float));
  return values;
}

template <int LANES, typename Count = Lanes<LANES>>
inline BNLENS_INLINE void store(float* to, typename Vector<LANES>::Floats values,
                                Count count = {}) {
  std::memcpy(to, &values, count * sizeof(float));
}

// Returns the values where a mask has all bits, and 0 elsewhere.
template <int LANES>
inline BNLENS_INLINE typename Vector<LANES>::Floats where(typename Vector<LANES>::Mask mask,
                                                          typename Vector<LANES>::Floats values) {
  using Mask = typename Vector<LANES>::Mask;
  return (typename Vector<LANES>::Floats)((Mask)values & mask);
}

// Calls body(first, lanes) for all of `count` values, LANES at a time; the last are fewer.
template <int LANES, typename Body>
inline BNLENS_INLINE void eachVector(int64_t count, const Body& body) {
  int64_t first = 0;
  for (; first + LANES <= count; first += LANES) body(first, Lanes<LANES>());
  if (first < count) body(first, count - first);
}

#if defined(__x86_64__)
template <typename Body>
__attribute__((target("avx512f,avx512vl,avx512bw,avx512dq,fma"))) void withAvx512(const Body& body) {
  body(Lanes<16>());
}

template <typename Body>
__attribute__((target("avx2,fma"))) void withAvx2(const Body& body) {
  body(Lanes<8>());
}
#endif

// Calls body(lanes) compiled for this processor, whose vectors have so many lanes. All that the
// body calls must be BNLENS_INLINE, itself too: what is called is compiled for any processor.
template <typename Body>
void vectorized(const Body& body) {
#if defined(__x86_64__)
  static const int lanes = [] {
    __builtin_cpu_init();
    if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma")) return 4;
    const bool isWide = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
                        __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq");
    return isWide ? 16 : 8;
  }();
  if (lanes == 16) return withAvx512(body);
  if (lanes == 8) return withAvx2(body);
#endif
  body(Lanes<4>());
}

}  // namespace bnlens
