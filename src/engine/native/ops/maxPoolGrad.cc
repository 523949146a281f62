// The gradient of max pooling. TensorFlow's own searches all windows again in one image at a time
// and takes several times as long.
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <vector>

#include "op.h"
#include "parallel.h"

namespace bnlens {
namespace {

class MaxPoolGradient {
 public:
  explicit MaxPoolGradient(Attributes& attributes)
      : window_(attributes.integers("window")),
        strides_(attributes.integers("strides")),
        padding_(attributes.integers("padding")) {}

  void run(Call& call) {
    const Floats dy = call.input(0), x = call.input(1), y = call.input(2);
    if (!call.ok()) return;
    const int64_t images = x.dim(0), height = x.dim(1), width = x.dim(2), channels = x.dim(3);
    const int64_t outHeight = y.dim(1), outWidth = y.dim(2);
    const Floats dx = call.output(0, {images, height, width, channels});
    if (!call.ok()) return;

    parallel(images, [&](int64_t first, int64_t last) {
      // All ones as long as a window's maximum was not met: the first of equals gets the gradient.
      std::vector<uint32_t> open(static_cast<size_t>(channels));
      for (int64_t image = first; image < last; image++) {
        const float* const from = x.data + image * height * width * channels;
        float* const to = dx.data + image * height * width * channels;
        std::fill(to, to + height * width * channels, 0.0f);
        for (int64_t row = 0; row < outHeight; row++) {
          for (int64_t column = 0; column < outWidth; column++) {
            const int64_t out = ((image * outHeight + row) * outWidth + column) * channels;
            const int64_t top = row * strides_[0] - padding_[0];
            const int64_t left = column * strides_[1] - padding_[1];
            std::fill(open.begin(), open.end(), ~0u);
            for (int64_t h = std::max<int64_t>(top, 0); h < std::min(top + window_[0], height);
                 h++) {
              for (int64_t w = std::max<int64_t>(left, 0); w < std::min(left + window_[1], width);
                   w++) {
                const int64_t at = (h * width + w) * channels;
                pass(from + at, y.data + out, dy.data + out, to + at, open.data(), channels);
              }
            }
          }
        }
      }
    });
  }

 private:
  // Adds dy to dx where x is y and the mask is still open, and closes the mask there.
  static void pass(const float* __restrict x, const float* __restrict y,
                   const float* __restrict dy, float* __restrict dx, uint32_t* __restrict open,
                   int64_t channels) {
    for (int64_t c = 0; c < channels; c++) {
      const uint32_t here = (x[c] == y[c] ? ~0u : 0u) & open[c];
      uint32_t bits;
      std::memcpy(&bits, dy + c, sizeof bits);
      bits &= here;
      float share;
      std::memcpy(&share, &bits, sizeof share);
      dx[c] += share;
      open[c] &= ~here;
    }
  }

  std::vector<int64_t> window_, strides_, padding_;
};

const bool registered = [] {
  registerOp<MaxPoolGradient>("BnLensMaxPoolGrad", {"dy: float", "x: float", "y: float"},
                              {"dx: float"},
                              {"window: list(int)", "strides: list(int)", "padding: list(int)"});
  return true;
}();

}  // namespace
}  // namespace bnlens
