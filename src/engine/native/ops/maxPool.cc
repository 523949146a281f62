// Max pooling and its gradient, for any window, stride and padding. TensorFlow's own gradient
// searches all windows again, one image at a time, and takes nine times as long.
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <limits>
#include <vector>

#include "op.h"
#include "parallel.h"

namespace bnlens {
namespace {

// Where windows lie on an image of [height, width, channels].
struct Windows {
  explicit Windows(Attributes& attributes)
      : window(attributes.integers("window")),
        strides(attributes.integers("strides")),
        padding(attributes.integers("padding")) {}

  // Calls visit(output, pixel, first) for every pixel of every window that lies on the image, row
  // by row; indices are those of the pixels' first channels, and `first` begins a window.
  template <typename Visit>
  void each(int64_t height, int64_t width, int64_t outHeight, int64_t outWidth, int64_t channels,
            const Visit& visit) const {
    for (int64_t row = 0; row < outHeight; row++) {
      const int64_t top = row * strides[0] - padding[0];
      for (int64_t column = 0; column < outWidth; column++) {
        const int64_t left = column * strides[1] - padding[1];
        const int64_t output = (row * outWidth + column) * channels;
        bool first = true;
        for (int64_t h = std::max<int64_t>(top, 0); h < std::min(top + window[0], height); h++) {
          for (int64_t w = std::max<int64_t>(left, 0); w < std::min(left + window[1], width); w++) {
            visit(output, (h * width + w) * channels, first);
            first = false;
          }
        }
      }
    }
  }

  std::vector<int64_t> window, strides, padding;
};

class MaxPool {
 public:
  explicit MaxPool(Attributes& attributes)
      : windows_(attributes), size_(attributes.integers("size")) {}

  void run(Call& call) {
    const Floats x = call.input(0);
    if (!call.ok()) return;
    const int64_t images = x.dim(0), height = x.dim(1), width = x.dim(2), channels = x.dim(3);
    const Floats y = call.output(0, {images, size_[0], size_[1], channels});
    if (!call.ok()) return;
    parallel(images, [&](int64_t begin, int64_t end) {
      for (int64_t image = begin; image < end; image++) {
        const float* const from = x.data + image * height * width * channels;
        float* const to = y.data + image * size_[0] * size_[1] * channels;
        // A window that misses the image, or holds nothing but NaN, has no maximum.
        std::fill(to, to + size_[0] * size_[1] * channels,
                  -std::numeric_limits<float>::infinity());
        windows_.each(height, width, size_[0], size_[1], channels,
                      [from, to, channels](int64_t output, int64_t pixel, bool) {
                        raise(from + pixel, to + output, channels);
                      });
      }
    });
  }

 private:
  static void raise(const float* __restrict x, float* __restrict y, int64_t channels) {
    for (int64_t c = 0; c < channels; c++) y[c] = x[c] > y[c] ? x[c] : y[c];
  }

  Windows windows_;
  std::vector<int64_t> size_;
};

class MaxPoolGradient {
 public:
  explicit MaxPoolGradient(Attributes& attributes) : windows_(attributes) {}

  void run(Call& call) {
    const Floats dy = call.input(0), x = call.input(1), y = call.input(2);
    if (!call.ok()) return;
    const int64_t images = x.dim(0), height = x.dim(1), width = x.dim(2), channels = x.dim(3);
    const int64_t outHeight = y.dim(1), outWidth = y.dim(2);
    const Floats dx = call.output(0, {images, height, width, channels});
    if (!call.ok()) return;
    parallel(images, [&](int64_t begin, int64_t end) {
      // All ones as long as a window's maximum was not met: the first of equals gets the gradient.
      std::vector<uint32_t> open(channels);
      for (int64_t image = begin; image < end; image++) {
        const int64_t in = image * height * width * channels;
        const int64_t out = image * outHeight * outWidth * channels;
        std::fill(dx.data + in, dx.data + in + height * width * channels, 0.0f);
        windows_.each(height, width, outHeight, outWidth, channels,
                      [&](int64_t output, int64_t pixel, bool first) {
                        if (first) std::fill(open.begin(), open.end(), ~0u);
                        pass(x.data + in + pixel, y.data + out + output, dy.data + out + output,
                             dx.data + in + pixel, open.data(), channels);
                      });
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

  Windows windows_;
};

const bool registered = [] {
  registerOp<MaxPool>("BnLensMaxPool", {"x: float"}, {"y: float"},
                      {"window: list(int)", "strides: list(int)", "padding: list(int)",
                       "size: list(int)"});
  registerOp<MaxPoolGradient>("BnLensMaxPoolGrad", {"dy: float", "x: float", "y: float"},
                              {"dx: float"},
                              {"window: list(int)", "strides: list(int)", "padding: list(int)"});
  return true;
}();

}  // namespace
}  // namespace bnlens
