#include "batchNorm.h"

#include <limits>
#include <vector>

#include "op.h"
#include "parallel.h"
#include "simd.h"

namespace bnlens {
namespace {

// Normalizes a batch. Where it is POOLED, only the largest y of every square of 2 × 2 pixels is
// kept, and the x that it comes from.
template <bool POOLED>
class Forward {
 public:
  explicit Forward(Attributes& attributes)
      : layout_(attributes),
        epsilon_(attributes.number("epsilon")),
        floor_(attributes.flag("rectified") ? 0 : -INFINITE),
        columns_(POOLED ? attributes.integer("pooled_columns") : 0) {}

  void run(Call& call) {
    const Floats x = call.input(0), gamma = call.input(1), beta = call.input(2);
    const Floats mean = call.input(3), variance = call.input(4);
    if (!call.ok()) return;
    const int64_t images = x.dim(0), pixels = x.dim(1), channels = x.dim(2);
    const int64_t outPixels = POOLED ? pixels / 4 : pixels;
    const Floats y = call.output(0, {images, outPixels, channels});
    const Floats peaks = POOLED ? call.output(1, {images, outPixels, channels}) : Floats{};
    if (!call.ok()) return;

    const std::vector<float> slopes = slopesOf(layout_, channels, gamma, variance, epsilon_);
    const std::vector<int64_t> segmentOf = layout_.segmentOfImages();
    parallel(images, [&](int64_t begin, int64_t end) {
      vectorized([&](auto widest) BNLENS_INLINE {
        constexpr int LANES = widest;
        using Vec = typename Vector<LANES>::Floats;
        const Vec floor = Vec{} + floor_;
        for (int64_t image = begin; image < end; image++) {
          const int64_t segment = segmentOf[image];
          const float* const from = x.data + image * pixels * channels;
          float* const to = y.data + image * outPixels * channels;
          eachVector<LANES>(channels, [&](int64_t first, auto lanes) BNLENS_INLINE {
            const int64_t row = layout_.rowOf(segment) * channels + first;
            const Vec center = load<LANES>(mean.data + row, lanes);
            const Vec slope = load<LANES>(&slopes[segment * channels + first], lanes);
            const Vec offset = load<LANES>(beta.data + segment * channels + first, lanes);
            const auto normalize = [&](Vec value) BNLENS_INLINE {
              const Vec z = (value - center) * slope + offset;
              // NaN is not less than the floor.
              return z < floor ? floor : z;
            };
            if constexpr (POOLED) {
              float* const origin = peaks.data + image * outPixels * channels;
              eachSquare(pixels, columns_, channels, [&](int64_t pixel, int64_t square)
                                                         BNLENS_INLINE {
                // NaN is never largest: of nothing greater, the origin is NaN.
                Vec largest = Vec{} - INFINITE, peak = Vec{} + NOT_A_NUMBER;
                for (const int64_t cell : cellsOf(pixel + first, columns_, channels)) {
                  const Vec value = load<LANES>(from + cell, lanes);
                  const Vec z = normalize(value);
                  peak = z > largest ? value : peak;
                  largest = z > largest ? z : largest;
                }
                store<LANES>(to + square + first, largest, lanes);
                store<LANES>(origin + square + first, peak, lanes);
              });
            } else {
              for (int64_t i = first; i < pixels * channels; i += channels) {
                store<LANES>(to + i, normalize(load<LANES>(from + i, lanes)), lanes);
              }
            }
          });
        }
      });
    });
  }

 private:
  static constexpr float INFINITE = std::numeric_limits<float>::infinity();
  static constexpr float NOT_A_NUMBER = std::numeric_limits<float>::quiet_NaN();

  Layout layout_;
  double epsilon_;
  float floor_;
  int64_t columns_;
};

const bool registered = [] {
  const std::initializer_list<const char*> inputs = {"x: float", "gamma: float", "beta: float",
                                                     "mean: float", "variance: float"};
  registerOp<Forward<false>>(
      "BnLensBatchNorm", inputs, {"y: float"},
      {"segments: list(int)", "rows: int", "group_size: int", "epsilon: float",
       "rectified: bool"});
  registerOp<Forward<true>>(
      "BnLensPooledBatchNorm", inputs, {"y: float", "peaks: float"},
      {"segments: list(int)", "rows: int", "group_size: int", "epsilon: float", "rectified: bool",
       "pooled_columns: int"});
  return true;
}();

}  // namespace
}  // namespace bnlens
