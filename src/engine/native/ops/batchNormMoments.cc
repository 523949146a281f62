// The moments of a batch that BatchNorm normalizes it with.
#include "batchNorm.h"

#include <algorithm>
#include <vector>

#include "op.h"
#include "parallel.h"
#include "simd.h"

namespace bnlens {
namespace {

class Moments {
 public:
  explicit Moments(Attributes& attributes) : layout_(attributes) {}

  void run(Call& call) {
    const Floats x = call.input(0);
    if (!call.ok()) return;
    const int64_t images = x.dim(0), pixels = x.dim(1), channels = x.dim(2);
    const Floats mean = call.output(0, {layout_.rows, channels});
    const Floats variance = call.output(1, {layout_.rows, channels});
    const Floats shift = call.output(2, {channels});
    const Floats sums = call.output(3, {images, channels, 2});
    if (!call.ok()) return;

    // A pixel of its own lies near a channel's mean: no offset makes the squares cancel.
    std::copy(x.data, x.data + (images * pixels > 0 ? channels : 0), shift.data);
    std::vector<double> exact(2 * images * channels);
    parallel(images, [&](int64_t begin, int64_t end) {
      vectorized([&](auto widest) BNLENS_INLINE {
        constexpr int LANES = widest;
        using Vec = typename Vector<LANES>::Floats;
        for (int64_t image = begin; image < end; image++) {
          const float* const from = x.data + image * pixels * channels;
          sumPixels<LANES>(pixels, channels, exact.data() + 2 * image * channels,
                    [&](int64_t first, auto lanes) BNLENS_INLINE {
                      const Vec center = load<LANES>(shift.data + first, lanes);
                      return [=](int64_t i, Vec& a, Vec& b) BNLENS_INLINE {
                        const Vec d = load<LANES>(from + i, lanes) - center;
                        a += d;
                        b += d * d;
                      };
                    });
        }
      });
    });
    std::copy(exact.begin(), exact.end(), sums.data);
    momentsOf(exact, pixels, channels, shift.data, mean.data, variance.data);
  }

 private:
  // Writes each row's mean and biased variance from its images' sums, [images, channels, 2].
  void momentsOf(const std::vector<double>& sums, int64_t pixels, int64_t channels,
                 const float* shift, float* mean, float* variance) const {
    const std::vector<int64_t> segmentOf = layout_.segmentOfImages();
    const std::vector<int64_t> imagesOf = layout_.imagesOfRows();
    std::vector<double> totals(2 * layout_.rows * channels);
    for (size_t image = 0; image < segmentOf.size(); image++) {
      const double* const from = sums.data() + 2 * static_cast<int64_t>(image) * channels;
      double* const to = totals.data() + 2 * layout_.rowOf(segmentOf[image]) * channels;
      for (int64_t k = 0; k < 2 * channels; k++) to[k] += from[k];
    }
    const int64_t size = layout_.groupSize;
    for (int64_t first = 0; first < layout_.rows * channels; first += size) {
      const double count = double(imagesOf[first / channels] * pixels);
      const auto meanOf = [&](int64_t k) { return shift[k % channels] + totals[2 * k] / count; };
      double sum = 0;
      for (int64_t k = first; k < first + size; k++) sum += meanOf(k);
      const double center = sum / double(size);
      double squares = 0;
      for (int64_t k = first; k < first + size; k++) {
        const double offset = totals[2 * k] / count;
        const double within = totals[2 * k + 1] / count - offset * offset;
        // Not std::max: it would make 0 of NaN.
        squares += within < 0 ? 0.0 : within;
        // Between the channel and the others of its group.
        if (size > 1) squares += (meanOf(k) - center) * (meanOf(k) - center);
      }
      std::fill(mean + first, mean + first + size, static_cast<float>(center));
      std::fill(variance + first, variance + first + size,
                static_cast<float>(squares / double(size)));
    }
  }

  Layout layout_;
};

const bool registered = [] {
  registerOp<Moments>(
      "BnLensBatchNormMoments", {"x: float"},
      {"mean: float", "variance: float", "shift: float", "sums: float"},
      {"segments: list(int)", "rows: int", "group_size: int"});
  return true;
}();

}  // namespace
}  // namespace bnlens
